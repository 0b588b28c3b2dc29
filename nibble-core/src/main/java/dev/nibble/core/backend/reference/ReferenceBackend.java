package dev.nibble.core.backend.reference;

import dev.nibble.core.kernel.Backend;
import dev.nibble.core.kernel.MatMul;
import dev.nibble.core.kernel.Ops;
import dev.nibble.core.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Decodes each row and multiplies with sums in double. Correct for every codec and fast for none; the other backends are tested against it.
 */
public final class ReferenceBackend implements Backend {
    @Override
    public String name() {
        return "reference";
    }

    @Override
    public Optional<String> unsupportedReason() {
        return Optional.empty();
    }

    @Override
    public Optional<MatMul> prepare(Tensor weight, Arena arena) {
        return Optional.of((x, y, from, to) -> {
            float[] row = new float[x.columns()];
            for (int output = from; output < to; output++) {
                weight.decode(output, 0, row, 0, row.length);
                for (int token = 0; token < x.rows(); token++) {
                    double sum = 0;
                    int at = x.at(token);
                    for (int i = 0; i < row.length; i++) {
                        sum += (double) row[i] * x.data()[at + i];
                    }
                    y.data()[y.at(token) + output] = (float) sum;
                }
            }
        });
    }

    @Override
    public Ops ops(Supplier<Ops> rest) {
        return new ReferenceOps();
    }
}
