package dev.nibble.core.layout;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.layout.ForeignWeights.Foreign;
import dev.nibble.core.tensor.BFloat16;
import dev.nibble.core.tensor.Tensor;
import java.util.Random;

/** Tensor objects of torchao. */
final class TorchaoObjects {
    private static final int GROUP = 32;

    private TorchaoObjects() {}

    private static short[] bfloats(int count, double min, double spread, Random random) {
        short[] numbers = new short[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = BFloat16.fromFloat((float) (min + spread * random.nextDouble()));
        }
        return numbers;
    }

    /** Int4Tensor: signed codes, the even one in the low half; scales and zero points [groups][outputs]. */
    static Foreign pairs(int rows, int columns, Random random) {
        int groups = columns / GROUP;
        short[] scales = bfloats(groups * rows, 0.005, 0.01, random);
        short[] zeros = bfloats(groups * rows, -0.02, 0.04, random);
        byte[] codes = new byte[rows * columns / 2];
        float[][] numbers = new float[rows][columns];
        for (int n = 0; n < rows; n++) {
            for (int k = 0; k < columns; k++) {
                int code = random.nextInt(16) - 8;
                codes[n * columns / 2 + k / 2] |= (byte) ((code & 15) << k % 2 * 4);
                int at = k / GROUP * rows + n;
                numbers[n][k] = (float) ((double) code * BFloat16.toFloat(scales[at]) + BFloat16.toFloat(zeros[at]));
            }
        }
        return new Foreign(
                ForeignWeights.parts("._weight_qdata", ForeignWeights.tensor(Plain.I8, codes, rows, columns / 2), "._weight_scale",
                        ForeignWeights.shorts(Plain.BF16, scales, groups, rows), "._weight_zero_point",
                        ForeignWeights.shorts(Plain.BF16, zeros, groups, rows)),
                "{\"_type\": \"Int4Tensor\", \"_data\": {\"activation_dtype\": {\"_type\": \"torch.dtype\", \"_data\": \"bfloat16\"},"
                        + " \"block_size\": [1, 32], \"shape\": [" + rows + ", " + columns
                        + "]}, \"_tensor_data_names\": [\"qdata\", \"scale\", \"zero_point\"]}",
                numbers);
    }

    /** Int4TilePackedTo4dTensor: inputs padded to 1024, outputs to 8; word by word as PyTorch's kernel gathers them. */
    static Foreign tiles(int rows, int columns, Random random) {
        int height = (rows + 7) / 8 * 8;
        int width = (columns + 1023) / 1024 * 1024;
        int[][] codes = new int[height][width];
        for (int[] row : codes) {
            for (int k = 0; k < width; k++) {
                row[k] = random.nextInt(16);
            }
        }
        int[] words = new int[height * width / 8];
        int at = 0;
        for (int n = 0; n < height / 8; n++) {
            for (int outer = 0; outer < width / 128; outer++) {
                for (int lane = 0; lane < 32; lane++) {
                    for (int word = 0; word < 4; word++) {
                        int first = outer * 128 + word * 32 + lane % 4 * 2;
                        int[] inputs = {first, first + 1, first + 8, first + 9, first + 16, first + 17, first + 24, first + 25};
                        int[] upwards = {0, 2, 4, 6, 1, 3, 5, 7};
                        for (int i = 0; i < 8; i++) {
                            words[at] |= codes[n * 8 + lane / 4][inputs[upwards[i]]] << 4 * i;
                        }
                        at++;
                    }
                }
            }
        }
        int groups = width / GROUP;
        short[] scales = bfloats(groups * height, 0.005, 0.01, random);
        short[] zeros = bfloats(groups * height, -0.02, 0.04, random);
        short[] both = new short[2 * groups * height];
        for (int i = 0; i < groups * height; i++) {
            both[2 * i] = scales[i];
            both[2 * i + 1] = zeros[i];
        }
        float[][] numbers = new float[rows][columns];
        for (int n = 0; n < rows; n++) {
            for (int k = 0; k < columns; k++) {
                int group = k / GROUP * height + n;
                numbers[n][k] = (float) ((codes[n][k] - 8.0) * BFloat16.toFloat(scales[group]) + BFloat16.toFloat(zeros[group]));
            }
        }
        return new Foreign(
                ForeignWeights.parts("._weight_qdata", ForeignWeights.words(words, height / 8, width / 128, 32, 4),
                        "._weight_scale_and_zero", ForeignWeights.shorts(Plain.BF16, both, groups, height, 2)),
                "{\"_type\": \"Int4TilePackedTo4dTensor\", \"_data\": {\"block_size\": [1, 32], \"shape\": [" + rows + ", " + columns
                        + "]}, \"_tensor_data_names\": [\"qdata\", \"scale_and_zero\"]}",
                numbers);
    }

    /** Int8Tensor: one scale per row, symmetric. */
    static Foreign bytes(int rows, int columns, Random random) {
        byte[] codes = new byte[rows * columns];
        random.nextBytes(codes);
        short[] scales = bfloats(rows, 0.0005, 0.001, random);
        float[][] numbers = new float[rows][columns];
        for (int n = 0; n < rows; n++) {
            for (int k = 0; k < columns; k++) {
                numbers[n][k] = codes[n * columns + k] * BFloat16.toFloat(scales[n]);
            }
        }
        return new Foreign(
                ForeignWeights.parts("._weight_qdata", ForeignWeights.tensor(Plain.I8, codes, rows, columns), "._weight_scale",
                        ForeignWeights.shorts(Plain.BF16, scales, rows, 1)),
                "{\"_type\": \"Int8Tensor\", \"_data\": {\"act_quant_kwargs\": null, \"reduce_range\": false, \"block_size\": [1, "
                        + columns
                        + "], \"dtype\": {\"_type\": \"torch.dtype\", \"_data\": \"bfloat16\"}}, \"_tensor_data_names\": [\"qdata\", \"scale\"]}",
                numbers);
    }

    /** Float8Tensor: E4M3 under one scale per row. */
    static Foreign smallFloats(int rows, int columns, Random random) {
        byte[] codes = new byte[rows * columns];
        int[] scales = new int[rows];
        float[][] numbers = new float[rows][columns];
        for (int n = 0; n < rows; n++) {
            float scale = 0.0001f + random.nextFloat() / 10_000;
            scales[n] = Float.floatToIntBits(scale);
            for (int k = 0; k < columns; k++) {
                int code = random.nextInt(127) | random.nextInt(2) << 7; // 127 is NaN
                codes[n * columns + k] = (byte) code;
                int exponent = code >> 3 & 15;
                double magnitude = exponent == 0
                        ? (code & 7) * Math.pow(2, -9)
                        : (8 + (code & 7)) * Math.pow(2, exponent - 10);
                numbers[n][k] = (float) (code < 128 ? magnitude : -magnitude) * scale;
            }
        }
        Tensor stored = ForeignWeights.words(scales, rows, 1);
        return new Foreign(
                ForeignWeights.parts("._weight_qdata", ForeignWeights.tensor(Plain.F8_E4M3, codes, rows, columns), "._weight_scale",
                        new Tensor(Plain.F32, stored.shape(), stored.data())),
                "{\"_type\": \"Float8Tensor\", \"_data\": {\"block_size\": [1, " + columns + "], \"act_quant_kwargs\": {\"_type\": "
                        + "\"QuantizeTensorToFloat8Kwargs\", \"_data\": {}}}, \"_tensor_data_names\": [\"qdata\", \"scale\"]}",
                numbers);
    }

    /** IntxUnpackedToInt8Tensor of five bits: integer zero points, groups. */
    static Foreign unpacked(int rows, int columns, Random random) {
        int groups = columns / GROUP;
        byte[] codes = new byte[rows * columns];
        byte[] zeros = new byte[rows * groups];
        short[] scales = bfloats(rows * groups, 0.003, 0.005, random);
        float[][] numbers = new float[rows][columns];
        for (int i = 0; i < zeros.length; i++) {
            zeros[i] = (byte) (random.nextInt(32) - 16);
        }
        for (int i = 0; i < codes.length; i++) {
            codes[i] = (byte) (random.nextInt(32) - 16);
            int at = i / columns * groups + i % columns / GROUP;
            numbers[i / columns][i % columns] = (codes[i] - zeros[at]) * BFloat16.toFloat(scales[at]);
        }
        return new Foreign(
                ForeignWeights.parts("._weight_qdata", ForeignWeights.tensor(Plain.I8, codes, rows, columns), "._weight_scale",
                        ForeignWeights.shorts(Plain.BF16, scales, rows, groups), "._weight_zero_point",
                        ForeignWeights.tensor(Plain.I8, zeros, rows, groups)),
                "{\"_type\": \"IntxUnpackedToInt8Tensor\", \"_data\": {\"target_dtype\": {\"_type\": \"torch.dtype\", \"_data\": \"int5\"},"
                        + " \"block_size\": [1, 32], \"dtype\": {\"_type\": \"torch.dtype\", \"_data\": \"bfloat16\"},"
                        + " \"activation_quantization\": null}, \"_tensor_data_names\": [\"qdata\", \"scale\", \"zero_point\"]}",
                numbers);
    }
}
