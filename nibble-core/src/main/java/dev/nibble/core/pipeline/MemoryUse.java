package dev.nibble.core.pipeline;

import dev.nibble.MemoryEstimate;
import dev.nibble.core.calibration.CalibrationOptions;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.model.KvCache;
import dev.nibble.core.model.KvShape;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.core.recipe.Recipe;
import dev.nibble.core.tensor.TensorInfo;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Memory estimates from the shapes of a model. */
final class MemoryUse {
    private static final int STATES = 3; // hidden states of a token: before, within and after a layer
    private static final int MAX_HEADS = 1 << 16;

    private MemoryUse() {}

    /** Memory of a job. @param recipe recipe, which may need calibration @param weights working memory of the largest layer */
    static MemoryEstimate of(Optional<Recipe> recipe, ModelSource source, CalibrationInput input, long weights) throws IOException {
        if (recipe.isEmpty() || recipe.get().needs().isEmpty() || input.isBundle()) {
            return new MemoryEstimate(0, weights, false);
        }
        boolean sequential = recipe.get().sequential();
        int tokens = input.windowLength(source.facts());
        long copied = source.tensors().stream().filter(tensor -> tensor.raw().isEmpty()).map(TensorSource::info)
                .mapToLong(TensorInfo::bytes)
                .sum();
        long gathered = sequential ? JobFiles.statisticsOfAPart(recipe.get(), source) : JobFiles.statistics(recipe.get(), source);
        long statistics = Math.min(gathered, CalibrationOptions.DEFAULTS.memory());
        long window = cache(source.facts(), tokens, sequential) + activations(source, tokens);
        long states = sequential ? input.statesInMemory(source) + finishedBlock(source) : 0;
        return new MemoryEstimate(copied + statistics + window + states, weights, sequential);
    }

    private static long cache(GgufHyperparameters facts, int tokens, boolean oneLayer) {
        long heads = facts.whole("attention.head_count", 1, MAX_HEADS);
        long shared = facts.optionalWhole("attention.head_count_kv", 1, MAX_HEADS).orElse(heads);
        long size = facts.optionalWhole("attention.key_length", 1, Integer.MAX_VALUE)
                .orElse(facts.whole("embedding_length", 1, Integer.MAX_VALUE) / heads);
        int layers = oneLayer ? 1 : (int) facts.whole("block_count", 1, MAX_HEADS);
        return KvCache.bytes(new KvShape(layers, (int) shared, (int) size), Plain.F32, tokens);
    }

    /** Activations of a window: outputs of all matrices of a block, and hidden states. */
    private static long activations(ModelSource source, int tokens) {
        long outputs = block(source).stream().mapToLong(info -> info.shape().dimension(info.shape().rank() - 2)).sum();
        long hidden = source.facts().whole("embedding_length", 1, Integer.MAX_VALUE);
        return (STATES * hidden + outputs) * tokens * Float.BYTES;
    }

    /** A block's quantized weights, in F32. */
    private static long finishedBlock(ModelSource source) {
        return block(source).stream().mapToLong(info -> info.shape().count() * Float.BYTES).sum();
    }

    private static List<TensorInfo> block(ModelSource source) {
        return source.tensors().stream().map(TensorSource::info)
                .filter(info -> info.name().startsWith("blk.0.") && info.name().endsWith(".weight") && info.shape().rank() > 1).toList();
    }
}
