package dev.nibble.core.model.architecture;

import dev.nibble.core.model.mapping.RowOrder;
import dev.nibble.core.model.mapping.TensorMapping;
import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.core.model.mapping.TensorRule;
import dev.nibble.core.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** List of a model's tensors under construction; {@link #under} prefixes both names. */
final class TensorRules {
    private final List<TensorRule> rules;
    private final String gguf;
    private final String source;

    TensorRules() {
        this(new ArrayList<>(), "", "");
    }

    private TensorRules(List<TensorRule> rules, String gguf, String source) {
        this.rules = rules;
        this.gguf = gguf;
        this.source = source;
    }

    /** A view of this list that prefixes the names. */
    TensorRules under(String ggufPrefix, String sourcePrefix) {
        return new TensorRules(rules, gguf + ggufPrefix, source + sourcePrefix);
    }

    /** Block {@code i}, whose tensors are called {@code blk.i.…} in GGUF. */
    TensorRules block(int i, String sourcePrefix) {
        return under(TensorName.blockPrefix(i), sourcePrefix + i + ".");
    }

    List<TensorRule> list() {
        return List.copyOf(rules);
    }

    TensorRules same(String name, String from, long... shape) {
        return add(name, from, new TensorMapping.Same(), true, shape);
    }

    TensorRules optional(String name, String from, long... shape) {
        return add(name, from, new TensorMapping.Same(), false, shape);
    }

    TensorRules plus(String name, String from, float addend, long... shape) {
        return add(name, from, new TensorMapping.Plus(addend), true, shape);
    }

    /** A layer's weight, and its bias if it has one. */
    TensorRules linear(String name, String from, boolean bias, long outputs, long inputs) {
        same(name + ".weight", from + ".weight", outputs, inputs);
        return bias ? same(name + ".bias", from + ".bias", outputs) : this;
    }

    /** A layer with reordered outputs. */
    TensorRules reordered(String name, String from, RowOrder order, boolean bias, long outputs, long inputs) {
        add(name + ".weight", from + ".weight", new TensorMapping.Rows(order), true, outputs, inputs);
        return bias ? add(name + ".bias", from + ".bias", new TensorMapping.Rows(order), true, outputs) : this;
    }

    /** A layer of GPT-2, stored as [inputs, outputs], with its bias. */
    TensorRules transposed(String name, String from, long outputs, long inputs) {
        add(name + ".weight", from + ".weight", new TensorMapping.Transposed(), true, outputs, inputs);
        return same(name + ".bias", from + ".bias", outputs);
    }

    /** A norm with weight and bias. */
    TensorRules layerNorm(String name, String from, long width) {
        return same(name + ".weight", from + ".weight", width).same(name + ".bias", from + ".bias", width);
    }

    /**
     * Several tensors, stacked in GGUF; {@code from} has a %d for their index.
     *
     * @param shape the first dimension is their count
     */
    TensorRules stacked(String name, String from, long... shape) {
        List<String> sources = new ArrayList<>();
        for (long i = 0; i < shape[0]; i++) {
            sources.add(source + from.formatted(i));
        }
        rules.add(new TensorRule(gguf + name, sources, Shape.of(shape), new TensorMapping.Stacked(), true));
        return this;
    }

    /** One of two layers with interleaved outputs in one tensor, for all experts. */
    TensorRules alternate(String name, String from, int first, long... shape) {
        return add(name, from, new TensorMapping.Alternate(first), true, shape);
    }

    /** A layer in an unquantized tensor, [experts, inputs, outputs]. @param step 2 if two layers are interleaved, else 1 */
    TensorRules alternateColumns(String name, String from, int first, int step, long... shape) {
        return add(name, from, new TensorMapping.AlternateColumns(first, step), true, shape);
    }

    TensorRules computed(String name, List<Float> values) {
        rules.add(new TensorRule(gguf + name, List.of(), Shape.of(values.size()), new TensorMapping.Computed(values), true));
        return this;
    }

    private TensorRules add(String name, String from, TensorMapping mapping, boolean required, long... shape) {
        rules.add(new TensorRule(gguf + name, List.of(source + from), Shape.of(shape), mapping, required));
        return this;
    }
}
