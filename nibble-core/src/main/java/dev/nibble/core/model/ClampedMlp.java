package dev.nibble.core.model;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Ops;
import dev.nibble.core.kernel.Workers;

/**
 * {@code down(g · σ(1.702 g) ∘ (u + 1))}, where {@code g = min(gate(x), limit)} and {@code u = up(x)} within ±limit: an expert of gpt-oss.
 * OpenAI 2025, "gpt-oss-120b &amp; gpt-oss-20b Model Card".
 */
public record ClampedMlp(Linear gate, Linear up, Linear down, float limit, Ops ops, Workers workers) implements FeedForward {
    @Override
    public void apply(Matrix x, Matrix y) {
        Matrix inner = workers.scratch().acquire(x.rows(), gate.outputs());
        Matrix factor = workers.scratch().acquire(x.rows(), up.outputs());
        gate.apply(x, inner);
        up.apply(x, factor);
        workers.run(x.rows() * inner.columns(), GatedMlp.GRAIN, (from, to) -> {
            for (int i = from; i < to; i++) {
                inner.data()[i] = Math.min(inner.data()[i], limit);
            }
            Activation.QUICK_GELU.apply(inner.data(), from, to - from, ops);
            for (int i = from; i < to; i++) {
                inner.data()[i] *= Math.clamp(factor.data()[i], -limit, limit) + 1;
            }
        });
        down.apply(inner, y);
        workers.scratch().release(inner, factor);
    }
}
