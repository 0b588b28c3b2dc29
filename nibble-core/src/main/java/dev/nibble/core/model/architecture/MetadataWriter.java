package dev.nibble.core.model.architecture;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.Dimensions;
import java.util.List;
import java.util.function.Consumer;

/** Writes a family's keys, each under the architecture's prefix. */
final class MetadataWriter {
    private final String prefix;
    private final GgufMetadata metadata;

    MetadataWriter(String prefix, GgufMetadata metadata) {
        this.prefix = prefix + ".";
        this.metadata = metadata;
    }

    /** Writes the sizes, with the number of key heads if the family has grouped-query attention. */
    MetadataWriter sizes(Dimensions d, boolean groupedKeys) {
        whole("block_count", d.layers()).whole("context_length", d.context()).whole("embedding_length", d.hidden())
                .whole("feed_forward_length", d.feedForward()).whole("attention.head_count", d.heads());
        return groupedKeys ? whole("attention.head_count_kv", d.keyHeads()) : this;
    }

    /** Writes the head size if the configuration has one; it need not be hidden / heads. */
    MetadataWriter headSize(Config config, Dimensions d) {
        return config.has("head_dim") ? headSize(d) : this;
    }

    MetadataWriter headSize(Dimensions d) {
        return whole("attention.key_length", d.headSize()).whole("attention.value_length", d.headSize());
    }

    MetadataWriter rmsEpsilon(double epsilon, Consumer<String> warnings) {
        return epsilon("attention.layer_norm_rms_epsilon", epsilon, warnings);
    }

    MetadataWriter normEpsilon(double epsilon, Consumer<String> warnings) {
        return epsilon("attention.layer_norm_epsilon", epsilon, warnings);
    }

    private MetadataWriter epsilon(String key, double epsilon, Consumer<String> warnings) {
        if (epsilon == 0) {
            warnings.accept("the norms' epsilon is 0: a row of zeros gives NaN");
        }
        return real(key, epsilon);
    }

    /** Warns of an activation other than the one that GGUF readers assume for the family. */
    MetadataWriter activation(Config config, String key, String assumed, Consumer<String> warnings) {
        String activation = config.text(key, assumed);
        if (!activation.equals(assumed)) {
            warnings.accept(key + " is " + activation + ", but llama.cpp computes " + assumed + " for " + prefix + "* models");
            text("activation_function", activation);
        }
        return this;
    }

    MetadataWriter whole(String key, long value) {
        metadata.putU32(prefix + key, value);
        return this;
    }

    MetadataWriter real(String key, double value) {
        metadata.putF32(prefix + key, (float) value);
        return this;
    }

    MetadataWriter flag(String key, boolean value) {
        metadata.putBool(prefix + key, value);
        return this;
    }

    MetadataWriter flags(String key, List<Boolean> values) {
        metadata.putBools(prefix + key, values);
        return this;
    }

    MetadataWriter text(String key, String value) {
        metadata.putString(prefix + key, value);
        return this;
    }
}
