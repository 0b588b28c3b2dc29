package dev.nibble.core.layout;

import dev.nibble.core.codec.ScaleFormat;
import dev.nibble.core.tensor.Tensor;
import java.util.OptionalLong;

/** Scales or zero points in a file, read one by one. */
record FloatMatrix(Tensor tensor, ScaleFormat format) {
    FloatMatrix(Tensor tensor) {
        this(tensor, ComponentTensors.scaleFormat(tensor));
    }

    float at(long index) {
        return format.read(tensor.data(), index * format.bytes());
    }

    float at(long row, long column) {
        return at(row * tensor.columns() + column);
    }

    OptionalLong firstNotFinite() {
        long count = tensor.shape().count();
        for (long i = 0; i < count; i++) {
            if (!Float.isFinite(at(i))) {
                return OptionalLong.of(i);
            }
        }
        return OptionalLong.empty();
    }
}
