package dev.nibble;

/**
 * What is known of a model beside its logits.
 *
 * @param name        as it is shown
 * @param bytes       of its tensors
 * @param parameters  numbers in its tensors
 * @param fingerprint of its tokens; empty if it has no tokenizer
 * @param protocol    how the text was cut, such as {@code p3}
 */
public record EvaluatedModel(String name, long bytes, long parameters, String fingerprint, String protocol) {
    public double bitsPerWeight() {
        return parameters == 0 ? 0 : 8.0 * bytes / parameters;
    }
}
