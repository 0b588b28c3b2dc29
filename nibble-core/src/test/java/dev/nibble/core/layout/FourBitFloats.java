package dev.nibble.core.layout;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.layout.ForeignWeights.Foreign;
import java.util.Random;

/** The OCP MX specification's MXFP4 in the blocks of gpt-oss. */
final class FourBitFloats {
    private static final float[] MAGNITUDES = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};

    private FourBitFloats() {}

    static Foreign draw(int rows, int columns, Random random) {
        float[][] numbers = new float[rows][columns];
        byte[] blocks = new byte[rows * columns / 2];
        byte[] scales = new byte[rows * columns / 32];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = (byte) (117 + random.nextInt(8));
        }
        for (int i = 0; i < rows * columns; i++) {
            int code = i < 16 ? i : random.nextInt(16);
            blocks[i / 2] |= (byte) (code << i % 2 * 4);
            float sign = code > 8 ? -1 : 1; // there is one zero
            numbers[i / columns][i % columns] = sign * MAGNITUDES[code % 8] * (float) Math.pow(2, (scales[i / 32] & 0xFF) - 127);
        }
        return new Foreign(ForeignWeights.parts("_blocks", ForeignWeights.tensor(Plain.U8, blocks, rows, columns / 32, 16), "_scales",
                ForeignWeights.tensor(Plain.U8, scales, rows, columns / 32)), numbers);
    }
}
