package dev.nibble.core.backend.vector;

import dev.nibble.core.kernel.Ops;
import java.util.function.Supplier;

/** Operations that each use the implementation selected so far. */
record WarmingOps(Supplier<Ops> forScores, Supplier<Ops> forAccumulate, Supplier<Ops> forExp) implements Ops {
    @Override
    public void scores(float[] query, int from, float[] rows, int count, int size, float scale, float[] scores, int at) {
        forScores.get().scores(query, from, rows, count, size, scale, scores, at);
    }

    @Override
    public void accumulate(float[] weights, int at, float[] rows, int count, int size, float[] target, int to) {
        forAccumulate.get().accumulate(weights, at, rows, count, size, target, to);
    }

    @Override
    public float exp(float[] x, int from, int count, float subtrahend) {
        return forExp.get().exp(x, from, count, subtrahend);
    }
}
