package dev.nibble.core.model;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Ops;
import dev.nibble.core.kernel.Workers;

/** {@code down(activation(up(x)))}. */
public record Mlp(Linear up, Linear down, Activation activation, Ops ops, Workers workers) implements FeedForward {
    @Override
    public void apply(Matrix x, Matrix y) {
        Matrix inner = workers.scratch().acquire(x.rows(), up.outputs());
        up.apply(x, inner);
        workers.run(x.rows() * inner.columns(), GatedMlp.GRAIN, (from, to) -> activation.apply(inner.data(), from, to - from, ops));
        down.apply(inner, y);
        workers.scratch().release(inner);
    }
}
