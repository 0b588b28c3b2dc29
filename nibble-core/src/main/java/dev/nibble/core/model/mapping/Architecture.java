package dev.nibble.core.model.mapping;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A model family: the tensors of a model of a given configuration, their names and row order in Hugging Face and GGUF, and its
 * hyper-parameters in both. {@code ModelBuilder} builds its models.
 */
public interface Architecture {
    /** The family's values of {@code model_type} in config.json; the first one is written. */
    List<String> modelTypes();

    /** {@code general.architecture} of GGUF. */
    String ggufName();

    /** Whether a GGUF file with this architecture's name is of this family; families may share a name. */
    default boolean recognizes(GgufHyperparameters facts) {
        return true;
    }

    /** The tensors of a model of this configuration, optional ones included. */
    List<TensorRule> tensors(Config config);

    /**
     * The name in {@link #tensors} of a tensor of a Hugging Face checkpoint; empty for buffers that are not converted, such as rotary
     * frequencies and attention masks.
     */
    default Optional<String> canonicalName(String name) {
        return name.endsWith(".rotary_emb.inv_freq") ? Optional.empty() : Optional.of(name);
    }

    /** The part of config.json that describes the language model. */
    default Config language(Config config) {
        return config;
    }

    /**
     * Adds the hyper-parameters, under the architecture's prefix.
     *
     * @param warnings receives settings that GGUF cannot express, one line each
     */
    void writeMetadata(Config config, GgufMetadata metadata, Consumer<String> warnings);

    /**
     * The contents of config.json, from a GGUF file.
     *
     * @param warnings receives settings missing in the file
     */
    Map<String, Object> config(GgufHyperparameters facts, Consumer<String> warnings);

    /** Groups of layers with a shared input: calibration observes it once, and scales can be folded into its producer. */
    default List<SharedInputGroup> inputGroups(GgufHyperparameters facts) {
        return SharedInputGroup.standard(facts);
    }
}
