package dev.nibble.core.fold;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.core.model.mapping.SharedInputGroup;
import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.core.quantization.Rotation;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.error.UnsupportedException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Changes to a model's tensors that preserve its function and make it easier to quantize: scales moved from a layer's inputs into its
 * weights, and a rotated residual stream. Tensors are changed on reading, into F32.
 */
public final class Folding {
    private final Map<String, List<TensorChange>> changes = new HashMap<>();
    private boolean separateHead;

    /**
     * Multiplies the columns of layers that share an input, and divides the producer of the input.
     *
     * @param scale one positive factor per channel
     * @throws UnsupportedException if the input has no producer that could be divided
     */
    public Folding scale(SharedInputGroup group, float[] scale) {
        switch (group.producer()) {
            case SharedInputGroup.Producer.Norm norm -> divide(norm.name(), 0, scale, false);
            case SharedInputGroup.Producer.Outputs outputs -> {
                if (outputs.count() != scale.length) {
                    throw new IllegalArgumentException(scale.length + " factors for " + outputs.count() + " outputs of " + outputs.name());
                }
                divide(outputs.name(), outputs.first(), scale, true);
            }
            case SharedInputGroup.Producer.Unfoldable none -> throw new UnsupportedException("the input of " + group.layers()
                    + " cannot be scaled: no operation before it commutes with a scale");
        }
        group.layers().forEach(layer -> add(TensorName.weight(layer), new TensorChange.MultiplyColumns(scale)));
        return this;
    }

    private void divide(String producer, int first, float[] scale, boolean rows) {
        add(TensorName.weight(producer), rows ? new TensorChange.DivideRows(first, scale) : new TensorChange.Divide(first, scale));
        add(producer + ".bias", new TensorChange.Divide(first, scale));
    }

    /**
     * Rotates the residual stream (R1), after folding the weights of norms into the following layers, and the values of every head (R2). An
     * output layer that shares the embedding's weights becomes a tensor of its own.
     *
     * @param norms reads a norm's weight, by its full name
     * @throws UnsupportedException if the model's norms do not commute with a rotation
     */
    public Folding rotate(GgufHyperparameters facts, List<SharedInputGroup> groups, Function<String, float[]> norms, long seed) {
        check(facts, groups);
        int hidden = (int) facts.whole("embedding_length", 1, Integer.MAX_VALUE);
        long heads = facts.whole("attention.head_count", 1, hidden);
        int headSize = facts.optionalWhole("attention.key_length", 1, hidden).orElse(hidden / heads).intValue();
        Rotation state = Rotation.of(hidden, seed);
        Rotation head = Rotation.of(headSize, seed + 1);
        separateHead = !facts.has(TensorName.OUTPUT);
        for (SharedInputGroup group : groups) {
            if (group.producer() instanceof SharedInputGroup.Producer.Norm norm) {
                group.layers().forEach(layer -> foldNorm(layer, norm.name(), norms, state));
            }
        }
        if (separateHead) {
            foldNorm("output", "output_norm", norms, state);
        }
        add(TensorName.TOKEN_EMBEDDING, new TensorChange.RotateColumns(state));
        for (int i = 0; i < facts.whole("block_count", 1, Integer.MAX_VALUE); i++) {
            String prefix = TensorName.blockPrefix(i);
            add(prefix + "attn_v.weight", new TensorChange.RotateRows(head));
            add(prefix + "attn_v.bias", new TensorChange.RotateColumns(head));
            add(prefix + "attn_output.weight", new TensorChange.RotateColumns(head));
            for (String writer : new String[]{"attn_output", "ffn_down"}) {
                add(TensorName.weight(prefix + writer), new TensorChange.RotateRows(state));
                add(prefix + writer + ".bias", new TensorChange.RotateColumns(state));
            }
        }
        return this;
    }

    private static void check(GgufHyperparameters facts, List<SharedInputGroup> groups) {
        boolean experts = groups.stream().anyMatch(group -> new TensorName(group.layers().getFirst()).isOfExperts());
        if (facts.optionalReal("attention.layer_norm_rms_epsilon", 0, 1).isEmpty() || experts || facts.has("position_embd.weight")
                || facts.has("blk.0.post_attention_norm.weight") || !facts.has("blk.0.attn_v.weight")) {
            throw new UnsupportedException(facts.file() + ": the residual stream of " + facts.prefix()
                    + " cannot be rotated here; it needs RMS norms before each part and none after, separate values, and no experts");
        }
    }

    private void foldNorm(String layer, String norm, Function<String, float[]> norms, Rotation state) {
        float[] weight = norms.apply(TensorName.weight(norm));
        add(TensorName.weight(layer), new TensorChange.MultiplyColumns(weight));
        add(TensorName.weight(layer), new TensorChange.RotateColumns(state));
        if (!changes.containsKey(TensorName.weight(norm))) {
            add(TensorName.weight(norm), new TensorChange.Ones());
        }
    }

    private void add(String tensor, TensorChange change) {
        changes.computeIfAbsent(tensor, any -> new ArrayList<>()).add(change);
    }

    /** The changed tensors. */
    public List<TensorSource> apply(List<TensorSource> tensors) {
        List<TensorSource> changed = new ArrayList<>();
        for (TensorSource tensor : tensors) {
            String name = tensor.info().name();
            if (separateHead && name.equals("token_embd.weight")) {
                changed.add(new ChangedTensor(new TensorInfo("output.weight", Plain.F32, tensor.info().shape()), tensor,
                        changes.get("output.weight")));
            }
            List<TensorChange> own = changes.get(name);
            changed.add(own == null ? tensor : new ChangedTensor(new TensorInfo(name, Plain.F32, tensor.info().shape()), tensor, own));
        }
        return changed;
    }
}
