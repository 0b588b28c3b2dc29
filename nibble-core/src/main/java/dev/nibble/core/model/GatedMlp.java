package dev.nibble.core.model;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Ops;
import dev.nibble.core.kernel.Workers;
import java.util.List;

/** {@code down(activation(gate(x)) ∘ up(x))}: Shazeer 2020, "GLU Variants Improve Transformer". */
public record GatedMlp(Linear gate, Linear up, Linear down, Activation activation, Ops ops, Workers workers) implements FeedForward {
    /** Number of values worth another thread. */
    static final int GRAIN = 2048;

    @Override
    public void apply(Matrix x, Matrix y) {
        Matrix inner = workers.scratch().acquire(x.rows(), gate.outputs());
        Matrix factor = workers.scratch().acquire(x.rows(), up.outputs());
        OutputSlice.applyAll(x, List.of(gate, up), List.of(inner, factor));
        workers.run(x.rows() * inner.columns(), GRAIN, (from, to) -> {
            activation.apply(inner.data(), from, to - from, ops);
            ops.multiply(inner.data(), from, factor.data(), from, to - from);
        });
        down.apply(inner, y);
        workers.scratch().release(inner, factor);
    }
}
