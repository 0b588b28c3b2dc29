package dev.nibble.core.model.mapping;

import java.util.List;

/** How a GGUF tensor comes from the tensors of a Hugging Face checkpoint. Every one but {@link Plus} is exact both ways;
 * the alternate ones are gone one way only. */
public sealed interface Mapping {
    /** The same numbers in the same order. */
    record Same() implements Mapping {}

    /** The same rows in another order; of a vector, the same numbers. */
    record Rows(RowOrder order) implements Mapping {}

    /** Rows for columns: GPT-2 keeps its weights as [inputs, outputs]. */
    record Transposed() implements Mapping {}

    /** Something added to every number: Gemma's norms multiply by 1 + weight. */
    record Plus(float addend) implements Mapping {}

    /** Several tensors of one shape, one after the other: a further dimension in front. */
    record Stacked() implements Mapping {}

    /**
     * Every second index of dimension 1, from {@code first} on: gpt-oss has the outputs of two layers by turns, for all experts in one tensor.
     */
    record Alternate(int first) implements Mapping {}

    /**
     * Rows for columns in every expert, of all outputs ({@code step} 1) or of every second one: gpt-oss as plain numbers is
     * [experts, inputs, outputs].
     */
    record AlternateColumns(int first, int step) implements Mapping {}

    /** No tensor at all: numbers that follow from the configuration. */
    record Computed(List<Float> numbers) implements Mapping {}
}
