package dev.nibble.core.model.mapping;

import java.util.List;

/**
 * The derivation of a GGUF tensor from tensors of a Hugging Face checkpoint. All but {@link Plus} are exactly invertible; the alternate
 * ones are used in one direction only.
 */
public sealed interface TensorMapping {
    /** The same values in the same order. */
    record Same() implements TensorMapping {}

    /** The same rows, or values of a vector, in another order. */
    record Rows(RowOrder order) implements TensorMapping {}

    /** The transposed matrix: GPT-2 stores weights as [inputs, outputs]. */
    record Transposed() implements TensorMapping {}

    /** A constant added to every value: Gemma's norms multiply by 1 + weight. */
    record Plus(float addend) implements TensorMapping {}

    /** Several tensors of one shape stacked along a new first dimension. */
    record Stacked() implements TensorMapping {}

    /**
     * Every second index of dimension 1, from {@code first} on: gpt-oss interleaves the outputs of two layers, for all experts in one
     * tensor.
     */
    record Alternate(int first) implements TensorMapping {}

    /**
     * Every expert's transposed matrix, with all outputs ({@code step} 1) or every second one: unquantized gpt-oss is [experts, inputs,
     * outputs].
     */
    record AlternateColumns(int first, int step) implements TensorMapping {}

    /** No source tensor: values computed from the configuration. */
    record Computed(List<Float> numbers) implements TensorMapping {}
}
