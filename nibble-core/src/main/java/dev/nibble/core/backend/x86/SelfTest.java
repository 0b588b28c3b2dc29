package dev.nibble.core.backend.x86;

import dev.nibble.core.backend.x86.matmul.Panel;
import dev.nibble.core.backend.x86.matmul.X86MatMul;
import dev.nibble.core.codec.Q8_0;
import dev.nibble.core.kernel.MatMul;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.BiFunction;

/** Self-test: a product of small integers, whose sums are exact, to detect a faulty machine or emulator before a model relies on it. */
final class SelfTest {
    private static final int COLUMNS = 64;
    private static final short ONE = 0x3C00; // as F16

    private SelfTest() {}

    /** Runs the test. @param preparing prepares a product with a weight @param many see {@link X86Backend#manyTokens} */
    static boolean passes(BiFunction<Tensor, Arena, MatMul> preparing, int many) {
        try (Arena arena = Arena.ofShared()) {
            Tensor weight = weight(arena);
            for (int tokens : new int[]{1, X86MatMul.FEW + 1, many}) {
                if (tokens == Integer.MAX_VALUE) {
                    continue;
                }
                Matrix x = activations(tokens);
                Matrix y = Matrix.of(tokens, Panel.ROWS);
                preparing.apply(weight, arena).multiply(x, y, 0, Panel.ROWS);
                if (!right(x, y)) {
                    return false;
                }
            }
            return true;
        }
    }

    private static int code(int row, int column) {
        return (row * 37 + column * 11) % 255 - 127;
    }

    private static Tensor weight(Arena arena) {
        MemorySegment data = arena.allocate(Q8_0.Q8_0.bytes((long) Panel.ROWS * COLUMNS));
        long at = 0;
        for (int row = 0; row < Panel.ROWS; row++) {
            for (int column = 0; column < COLUMNS; column++) {
                if (column % Q8_0.Q8_0.blockSize() == 0) {
                    data.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, ONE);
                    at += Short.BYTES;
                }
                data.set(ValueLayout.JAVA_BYTE, at++, (byte) code(row, column));
            }
        }
        return new Tensor(Q8_0.Q8_0, Shape.of(Panel.ROWS, COLUMNS), data);
    }

    /** Integers with a maximum of 127 in every sub-block, which quantize exactly. */
    private static Matrix activations(int tokens) {
        Matrix x = Matrix.of(tokens, COLUMNS);
        for (int i = 0; i < x.data().length; i++) {
            x.data()[i] = i % 32 == 0 ? 127 : i * 29 % 255 - 127;
        }
        return x;
    }

    private static boolean right(Matrix x, Matrix y) {
        for (int token = 0; token < x.rows(); token++) {
            for (int row = 0; row < Panel.ROWS; row++) {
                long sum = 0;
                for (int column = 0; column < COLUMNS; column++) {
                    sum += (long) code(row, column) * (long) x.data()[x.at(token) + column];
                }
                if (y.data()[y.at(token) + row] != sum) {
                    return false;
                }
            }
        }
        return true;
    }
}
