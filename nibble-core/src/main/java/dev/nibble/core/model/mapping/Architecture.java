package dev.nibble.core.model.mapping;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A model family: which tensors a model of a given configuration has, how Hugging Face and GGUF call them and order their numbers, and how
 * its hyper-parameters are written in both. {@link ModelBuilder} puts its models together.
 */
public interface Architecture {
    /** The values of {@code model_type} in config.json that mean this family; the first is the one written. */
    List<String> modelTypes();

    /** {@code general.architecture} of GGUF. */
    String ggufName();

    /** Whether a GGUF file of this architecture's name holds this family; two families may share a name. */
    default boolean recognizes(GgufHyperparameters facts) {
        return true;
    }

    /** Every tensor a model of this configuration has, optional ones included. Allocates nothing of the tensors' size. */
    List<TensorRule> tensors(Config config);

    /**
     * The name under which {@link #tensors} knows a tensor of a Hugging Face checkpoint; empty for buffers and parts that are not carried
     * over, such as rotary frequencies and attention masks.
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
     * @param warnings told of what the GGUF file cannot say, one line each
     */
    void writeMetadata(Config config, GgufMetadata metadata, Consumer<String> warnings);

    /**
     * The contents of config.json, from a GGUF file.
     *
     * @param warnings told of what the file does not say
     */
    Map<String, Object> config(GgufHyperparameters facts, Consumer<String> warnings);

    /** Which layers are given the same input, and what makes it: what calibration gathers once, and where scales can be folded into. */
    default List<SharedInputGroup> inputGroups(GgufHyperparameters facts) {
        return SharedInputGroup.standard(facts);
    }
}
