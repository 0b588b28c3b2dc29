package dev.nibble.core.layout;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * Weights as other programs store them: random codes packed bit by bit from the documentation, and their values, computed from the codes
 * and never from the bytes.
 */
enum ForeignWeights {
    MXFP4("{\"quant_method\": \"mxfp4\"}", 32, true) {
        @Override
        Foreign draw(int rows, int columns, Random random) {
            return FourBitFloats.draw(rows, columns, random);
        }
    },
    EXL2("{\"quant_method\": \"exl2\", \"bits\": 4.5}", 32, true) {
        @Override
        Foreign draw(int rows, int columns, Random random) {
            return MixedWidths.draw(rows, columns, random);
        }
    },
    EXL3("{\"quant_method\": \"exl3\", \"bits\": 3.0}", 128, false) {
        @Override
        Foreign draw(int rows, int columns, Random random) {
            return Trellis.draw(rows, columns, random);
        }
    },
    QUIP_SHARP_2("{\"quip_params\": {\"codebook_version\": 1, \"resid_scale_override\": -1}}", 64, false) {
        @Override
        Foreign draw(int rows, int columns, Random random) {
            return LatticeWords.draw(rows, columns, 2, random);
        }
    },
    QUIP_SHARP_3("{\"quip_params\": {\"codebook_version\": 0, \"resid_scale_override\": -1}}", 64, false) {
        @Override
        Foreign draw(int rows, int columns, Random random) {
            return LatticeWords.draw(rows, columns, 3, random);
        }
    },
    QUIP_SHARP_4("{\"quip_params\": {\"codebook_version\": 1, \"resid_scale_override\": -1}}", 64, false) {
        @Override
        Foreign draw(int rows, int columns, Random random) {
            return LatticeWords.draw(rows, columns, 4, random);
        }
    },
    TORCHAO_INT4("{\"quant_method\": \"torchao\", \"quant_type\": {\"default\": {\"_type\": \"Int4WeightOnlyConfig\"}}}", 32, true) {
        @Override
        Foreign draw(int rows, int columns, Random random) {
            return TorchaoObjects.pairs(rows, columns, random);
        }
    },
    TORCHAO_TILES("{\"quant_method\": \"torchao\"}", 32, true) {
        @Override
        Foreign draw(int rows, int columns, Random random) {
            return TorchaoObjects.tiles(rows, columns, random);
        }
    },
    TORCHAO_INT8("{\"quant_method\": \"torchao\", \"quant_type\": \"int8_weight_only\"}", 1, true) {
        @Override
        Foreign draw(int rows, int columns, Random random) {
            return TorchaoObjects.bytes(rows, columns, random);
        }
    },
    TORCHAO_FLOAT8("{\"quant_method\": \"torchao\"}", 1, true) {
        @Override
        Foreign draw(int rows, int columns, Random random) {
            return TorchaoObjects.smallFloats(rows, columns, random);
        }
    },
    TORCHAO_INTX("{\"quant_method\": \"torchao\"}", 32, true) {
        @Override
        Foreign draw(int rows, int columns, Random random) {
            return TorchaoObjects.unpacked(rows, columns, random);
        }
    };

    /**
     * @param parts       by name after that of the module
     * @param description of the weight in the header; empty for none
     * @param numbers     [outputs][inputs]
     */
    record Foreign(Map<String, Tensor> parts, String description, float[][] numbers) {
        Foreign(Map<String, Tensor> parts, float[][] numbers) {
            this(parts, "", numbers);
        }
    }

    final String config;
    /** Divisor of the numbers of outputs and inputs. */
    final int unit;
    /** Whether values are the same in every bit. */
    final boolean exact;

    ForeignWeights(String config, int unit, boolean exact) {
        this.config = config;
        this.unit = unit;
        this.exact = exact;
    }

    abstract Foreign draw(int rows, int columns, Random random);

    static Tensor tensor(Plain format, byte[] bytes, long... shape) {
        MemorySegment data = Arena.ofAuto().allocate(bytes.length);
        MemorySegment.copy(bytes, 0, data, JAVA_BYTE, 0, bytes.length);
        return new Tensor(format, Shape.of(shape), data);
    }

    static Tensor words(int[] words, long... shape) {
        byte[] bytes = new byte[4 * words.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (words[i / 4] >>> 8 * (i % 4));
        }
        return tensor(Plain.I32, bytes, shape);
    }

    static Tensor shorts(Plain format, short[] shorts, long... shape) {
        byte[] bytes = new byte[2 * shorts.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (shorts[i / 2] >>> 8 * (i % 2));
        }
        return tensor(format, bytes, shape);
    }

    /** The F16 nearest to a number, found among adjacent values by distance; ties to even. */
    static short half(double number) {
        short start = Float.floatToFloat16((float) number);
        short best = start;
        for (int step = -1; step <= 1; step++) {
            short other = (short) (start + step);
            double distance = Math.abs(Float.float16ToFloat(other) - number);
            double min = Math.abs(Float.float16ToFloat(best) - number);
            if (distance < min || distance == min && other % 2 == 0) {
                best = other;
            }
        }
        return best;
    }

    static float halved(double number) {
        return Float.float16ToFloat(half(number));
    }

    static Map<String, Tensor> parts(Object... pairs) {
        Map<String, Tensor> parts = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            parts.put((String) pairs[i], (Tensor) pairs[i + 1]);
        }
        return parts;
    }
}
