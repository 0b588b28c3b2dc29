package dev.nibble.core.layout;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.layout.ForeignWeights.Foreign;
import dev.nibble.core.tensor.Tensor;
import java.util.Map;
import java.util.Random;

/** EXL3: any bits are a path, since the trellis is circular. */
final class Trellis {
    private static final int BLOCK = 128;

    private Trellis() {}

    static Foreign draw(int rows, int columns, Random random) {
        return draw(rows, columns, 1 + random.nextInt(8), random.nextInt(3), random);
    }

    /** @param codebook 0: default, 1: mcg, 2: mul1 */
    static Foreign draw(int rows, int columns, int bits, int codebook, Random random) {
        short[] trellis = new short[rows * columns / 16 * bits];
        for (int i = 0; i < trellis.length; i++) {
            trellis[i] = (short) random.nextInt();
        }
        double[][] inner = new double[columns][rows];
        int perTile = 16 * bits;
        for (int tile = 0; tile < rows * columns / 256; tile++) {
            boolean[] circle = new boolean[256 * bits];
            for (int word = 0; word < perTile / 2; word++) {
                for (int b = 0; b < 32; b++) {
                    int half = trellis[tile * perTile + 2 * word + (b < 16 ? 1 : 0)] & 0xFFFF; // the upper half of the word first
                    circle[word * 32 + b] = (half >>> 15 - b % 16 & 1) != 0;
                }
            }
            int firstInput = tile / (rows / 16) * 16;
            int firstOutput = tile % (rows / 16) * 16;
            for (int lane = 0; lane < 32; lane++) {
                int[] inputs = {lane % 4 * 2, lane % 4 * 2 + 1, lane % 4 * 2 + 8, lane % 4 * 2 + 9};
                for (int i = 0; i < 8; i++) {
                    int state = 0;
                    for (int b = 16; b > 0; b--) {
                        int at = (lane * 8 + i + 1) * bits - b;
                        state = state << 1 | (circle[(at + circle.length) % circle.length] ? 1 : 0);
                    }
                    inner[firstInput + inputs[i % 4]][firstOutput + lane / 4 + (i < 4 ? 0 : 8)] = value(state, codebook);
                }
            }
        }
        short[] suh = factors(columns, random);
        short[] svh = factors(rows, random);
        Map<String, Tensor> parts = ForeignWeights.parts(".trellis",
                ForeignWeights.shorts(Plain.I16, trellis, columns / 16, rows / 16, perTile), ".suh",
                ForeignWeights.shorts(Plain.F16, suh, columns), ".svh", ForeignWeights.shorts(Plain.F16, svh, rows));
        if (codebook > 0) {
            parts.put(codebook == 1 ? ".mcg" : ".mul1", ForeignWeights.words(new int[]{codebook == 1 ? 0xCBAC1FED : 0x83DCD12D}));
        }
        return new Foreign(parts, numbers(inner, suh, svh));
    }

    private static short[] factors(int count, Random random) {
        short[] factors = new short[count];
        for (int i = 0; i < count; i++) {
            factors[i] = ForeignWeights.half((random.nextBoolean() ? 1 : -1) * (0.1 + random.nextDouble() / 10));
        }
        return factors;
    }

    /** Unsigned 32-bit integers as longs, halves as doubles. */
    static float value(int state, int codebook) {
        long[] factor = {89226354L, 0xCBAC1FEDL, 0x83DCD12DL};
        long x = (state * factor[codebook] + (codebook == 0 ? 64248484L : 0)) % (1L << 32);
        if (codebook == 2) {
            long sum = x % 256 + x / 256 % 256 + x / 65536 % 256 + x / 16777216;
            return ForeignWeights.halved((1024.0 + sum) * Float.float16ToFloat((short) 0x1EEE) + Float.float16ToFloat((short) 0xC931));
        }
        long mixed = (x & 0x8FFF8FFFL) ^ 0x3B603B60L;
        return ForeignWeights
                .halved((double) Float.float16ToFloat((short) (mixed % 65536)) + Float.float16ToFloat((short) (mixed / 65536)));
    }

    /** diag(suh) H inner H diag(svh), transposed, by the definition of H. */
    private static float[][] numbers(double[][] inner, short[] suh, short[] svh) {
        int columns = suh.length;
        int rows = svh.length;
        double[][] left = new double[columns][rows];
        for (int i = 0; i < columns; i++) {
            for (int k = 0; k < BLOCK; k++) {
                int from = i / BLOCK * BLOCK + k;
                for (int j = 0; j < rows; j++) {
                    left[i][j] += hadamard(i, k) * inner[from][j];
                }
            }
        }
        float[][] numbers = new float[rows][columns];
        for (int i = 0; i < columns; i++) {
            for (int j = 0; j < rows; j++) {
                double sum = 0;
                for (int k = 0; k < BLOCK; k++) {
                    sum += left[i][j / BLOCK * BLOCK + k] * hadamard(k, j);
                }
                numbers[j][i] = (float) (sum * Float.float16ToFloat(suh[i]) * Float.float16ToFloat(svh[j]));
            }
        }
        return numbers;
    }

    private static double hadamard(int i, int j) {
        return (Integer.bitCount(i % BLOCK & j % BLOCK) % 2 == 0 ? 1 : -1) / Math.sqrt(BLOCK);
    }
}
