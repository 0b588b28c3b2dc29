package dev.nibble.core.layout;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.layout.ForeignWeights.Foreign;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** EXL2: groups of 32 inputs in all widths, a smaller last one if the inputs are not a multiple. */
final class MixedWidths {
    private static final int[] WIDTHS = {8, 6, 5, 4, 4, 3, 2};

    private MixedWidths() {}

    static Foreign draw(int rows, int columns, Random random) {
        int count = (columns + 31) / 32;
        short[] groups = new short[2 * count];
        short[] largest = new short[count];
        int words = 0;
        for (int g = 0; g < count; g++) {
            groups[2 * g] = (short) WIDTHS[g % WIDTHS.length];
            groups[2 * g + 1] = (short) words;
            int size = Math.min(32, columns - 32 * g);
            words += (size * groups[2 * g] + 31) / 32;
            largest[g] = ForeignWeights.half(0.01 + random.nextDouble() / 16);
        }
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < columns; i++) {
            places.add(i);
        }
        Collections.shuffle(places, random);
        int[] codes = new int[words * rows];
        int[] scales = new int[count * rows / 8];
        float[][] numbers = new float[rows][columns];
        float[][] stored = new float[rows][columns];
        for (int n = 0; n < rows; n++) {
            int scale = 0;
            for (int i = 0; i < columns; i++) {
                int g = i / 32;
                int bits = groups[2 * g];
                if (i % 32 == 0) {
                    scale = random.nextInt(16);
                    scales[g * (rows / 8) + n / 8] |= scale << 4 * (n % 8);
                }
                int code = random.nextInt(1 << bits);
                for (int b = 0; b < bits; b++) {
                    int bit = i % 32 * bits + b;
                    codes[(groups[2 * g + 1] + bit / 32) * rows + n] |= (code >>> b & 1) << bit % 32;
                }
                float step = ForeignWeights
                        .halved(ForeignWeights.halved(Float.float16ToFloat(largest[g]) / 256.0) * (scale + 1) * (scale + 1));
                stored[n][i] = (code - (1 << bits - 1)) * step;
            }
            for (int i = 0; i < columns; i++) {
                numbers[n][i] = stored[n][places.get(i)];
            }
        }
        int[] inverse = places.stream().mapToInt(place -> place).toArray();
        return new Foreign(ForeignWeights.parts(".q_weight", ForeignWeights.words(codes, words, rows), ".q_invperm",
                ForeignWeights.words(inverse, columns), ".q_scale", ForeignWeights.words(scales, count, rows / 8), ".q_scale_max",
                ForeignWeights.shorts(Plain.F16, largest, count), ".q_groups", ForeignWeights.shorts(Plain.I16, groups, 2L * count)),
                numbers);
    }
}
