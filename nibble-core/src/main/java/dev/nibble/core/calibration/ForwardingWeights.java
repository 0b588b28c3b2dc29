package dev.nibble.core.calibration;

import dev.nibble.core.kernel.Ops;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.model.Embedding;
import dev.nibble.core.model.Weights;

/** Forwards to other weights; implementations wrap their layers. */
interface ForwardingWeights extends Weights {
    /** The wrapped weights. */
    Weights weights();

    @Override
    default Embedding embedding(String name, int rows, int width) {
        return weights().embedding(name, rows, width);
    }

    @Override
    default float[] vector(String name, int size) {
        return weights().vector(name, size);
    }

    @Override
    default float[] matrix(String name, int rows, int columns) {
        return weights().matrix(name, rows, columns);
    }

    @Override
    default boolean has(String name) {
        return weights().has(name);
    }

    @Override
    default Ops ops() {
        return weights().ops();
    }

    @Override
    default Workers workers() {
        return weights().workers();
    }
}
