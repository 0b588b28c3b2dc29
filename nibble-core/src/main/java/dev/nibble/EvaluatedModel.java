package dev.nibble;

/**
 * Name, size and vocabulary of an evaluated model.
 *
 * @param name name to display
 * @param bytes size of its tensors
 * @param parameters number of values in its tensors
 * @param fingerprint fingerprint of its vocabulary; empty without a tokenizer
 * @param protocol how the text was cut, such as {@code p3}
 */
public record EvaluatedModel(String name, long bytes, long parameters, String fingerprint, String protocol) {
    public double bitsPerWeight() {
        return parameters == 0 ? 0 : 8.0 * bytes / parameters;
    }
}
