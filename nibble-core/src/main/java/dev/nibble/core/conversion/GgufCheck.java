package dev.nibble.core.conversion;

import dev.nibble.core.checkpoint.gguf.Gguf;
import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.error.MalformedFileException;
import dev.nibble.text.tokenizer.GgufVocabulary;
import dev.nibble.text.tokenizer.VocabularyCheck;
import java.util.List;

/** Checks the metadata of a GGUF file before work starts: sizes in range, heads that divide, a vocabulary of the embedding's size. */
final class GgufCheck {
    private static final long MAX_LAYERS = 512;
    private static final long MAX_SIZE = Integer.MAX_VALUE;

    private final Gguf file;
    private final GgufMetadata metadata;
    private final String prefix;

    private GgufCheck(Gguf file) {
        this.file = file;
        this.metadata = file.ggufMetadata();
        this.prefix = file.architecture() + ".";
    }

    /**
     * Checks all keys.
     *
     * @return warnings, one line each
     * @throws MalformedFileException naming the key, if one is out of range or contradicts another
     */
    static List<String> check(Gguf file) {
        GgufCheck check = new GgufCheck(file);
        check.range("block_count", MAX_LAYERS);
        check.range("context_length", MAX_SIZE);
        check.range("embedding_length", MAX_SIZE);
        check.heads();
        check.positive("attention.layer_norm_rms_epsilon", true);
        check.positive("attention.layer_norm_epsilon", true);
        check.positive("rope.freq_base", false);
        check.vocabulary();
        return vocabulary(file);
    }

    /** Checks the vocabulary alone, for architectures whose other keys are unknown. */
    static List<String> vocabulary(Gguf file) {
        return VocabularyCheck.check(GgufVocabulary.of(ModelTokenizers.source(file.ggufMetadata(), file.path())), file.path());
    }

    private void range(String name, long max) {
        metadata.integer(prefix + name).ifPresent(value -> {
            if (value < 1 || value > max) {
                throw wrong(prefix + name, "is " + value + ", expected 1 to " + max);
            }
        });
    }

    private void heads() {
        range("attention.head_count", MAX_SIZE);
        range("attention.head_count_kv", MAX_SIZE);
        long heads = metadata.integer(prefix + "attention.head_count").orElse(1L);
        long groups = metadata.integer(prefix + "attention.head_count_kv").orElse(heads);
        if (heads % groups != 0) {
            throw wrong(prefix + "attention.head_count_kv",
                    groups + " does not divide " + prefix + "attention.head_count, which is " + heads);
        }
        long width = metadata.integer(prefix + "embedding_length").orElse(heads);
        if (!metadata.has(prefix + "attention.key_length") && width % heads != 0) {
            throw wrong(prefix + "attention.head_count", heads + " does not divide " + prefix + "embedding_length, which is " + width);
        }
    }

    private void positive(String name, boolean zeroAllowed) {
        metadata.get(prefix + name).filter(Number.class::isInstance).map(Number.class::cast).ifPresent(value -> {
            double number = value.doubleValue();
            if (!Double.isFinite(number) || number < 0 || (number == 0 && !zeroAllowed)) {
                throw wrong(prefix + name, "is " + number + ", expected a finite number above 0");
            }
        });
    }

    private void vocabulary() {
        if (!(metadata.get("tokenizer.ggml.tokens").orElse(null) instanceof List<?> tokens)) {
            return;
        }
        for (String key : List.of("tokenizer.ggml.scores", "tokenizer.ggml.token_type")) {
            if (metadata.get(key).orElse(null) instanceof List<?> values && values.size() != tokens.size()) {
                throw wrong(key, "has " + values.size() + " entries for " + tokens.size() + " tokens");
            }
        }
        if (file.names().contains(TensorName.TOKEN_EMBEDDING) && file.info(TensorName.TOKEN_EMBEDDING).shape().rows() != tokens.size()) {
            throw wrong("tokenizer.ggml.tokens", "has " + tokens.size() + " entries, " + TensorName.TOKEN_EMBEDDING + " has "
                    + file.info(TensorName.TOKEN_EMBEDDING).shape().rows() + " rows");
        }
    }

    private MalformedFileException wrong(String key, String reason) {
        return new MalformedFileException("CONFIG_RANGE", file.path(), -1, key, reason);
    }
}
