package dev.nibble.core.layout;

import static dev.nibble.core.tensor.LittleEndian.INT;
import static dev.nibble.core.tensor.LittleEndian.SHORT;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import dev.nibble.text.json.Json;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * EXL3 of ExLlamaV3: trellis codes between Hadamard transforms. Tseng et al. 2024, "QTIP".
 *
 * <pre>
 *   trellis   I16 [in / 16, out / 16, 16 × bits]  tiles of 256 values, 1 to 8 bits each
 *   suh, svh  F16 [in], [out]                     factors of inputs and outputs; in older files su, sv: I16, one bit per sign
 *   mcg, mul1 I32 []                              present if that codebook is used: {@link TrellisCodebook}
 *   y = diag(svh) H · valuesᵀ · H diag(suh) · x, in blocks of 128
 * </pre>
 *
 * A tile is a circular sequence of 32-bit words (the later I16 of a pair is the upper half), read from the highest bit down; value i is
 * that of the 16 bits ending with bit (i + 1) × bits. Eight consecutive values belong to one lane of a GPU's matrix instruction.
 * Neighbouring values share bits and span all rows, so they are decoded on reading, exactly, into F16.
 */
final class Exl3Layout implements ReadOnlyLayout {
    static final Exl3Layout ANY = new Exl3Layout();

    private static final int SIDE = 16; // of a tile
    private static final int NUMBERS = SIDE * SIDE;
    private static final int MAX_BITS = 8;
    private static final int STATE = 16; // bits
    private static final int BLOCK = 128; // of the transforms

    private Exl3Layout() {}

    @Override
    public String name() {
        return "exl3";
    }

    @Override
    public boolean reads(QuantizationConfig config) {
        return config.method().equals("exl3");
    }

    @Override
    public String describe(QuantizationConfig config) {
        return "EXL3, %s bits per weight, a trellis between Hadamard transforms; decoded to F16"
                .formatted(
                        config.json().get("bits").filter(Json::isNumber).map(bits -> Double.toString(bits.real(0, 16))).orElse("unknown"));
    }

    @Override
    public List<String> suffixes() {
        return List.of(".trellis");
    }

    /** Pads both sides to whole blocks of the transforms. */
    @Override
    public Shape padded(Shape weight) {
        return weight.rank() != 2
                ? weight
                : Shape.of(Math.ceilDiv(weight.rows(), BLOCK) * BLOCK, Math.ceilDiv(weight.columns(), BLOCK) * BLOCK);
    }

    @Override
    public StoredWeight find(ComponentTensors parts, QuantizationConfig config) {
        return new Stored(parts);
    }

    /** Input and output of value {@code i} of a tile: four values of one output, four of the one eight further on, lane by lane. */
    private static int input(int i) {
        int lane = i / 8;
        return lane % 4 * 2 + i % 2 + i / 2 % 2 * 8;
    }

    private static int output(int i) {
        return i / 8 / 4 + i / 4 % 2 * 8;
    }

    /** The checked tensors of one layer. */
    private static final class Stored implements StoredWeight {
        private final Tensor trellis;
        private final int inputs;
        private final int outputs;
        private final int bits;
        private final TrellisCodebook codebook;
        private final float[] inward;
        private final float[] outward;

        Stored(ComponentTensors parts) {
            this.trellis = parts.tensor("trellis", Plain.I16);
            List<Long> sides = trellis.shape().dimensions();
            boolean tiles = sides.size() == 3 && sides.get(2) % SIDE == 0 && sides.get(2) <= SIDE * MAX_BITS;
            if (!tiles || sides.get(0) > Integer.MAX_VALUE / SIDE || sides.get(1) > Integer.MAX_VALUE / SIDE
                    || sides.get(0) * SIDE % BLOCK != 0 || sides.get(1) * SIDE % BLOCK != 0) {
                throw parts.wrong("trellis", "LAYOUT_SHAPE", "has shape " + trellis.shape()
                        + ", expected [in / 16, out / 16, 16 × bits] for 1 to 8 bits, in and out multiples of " + BLOCK);
            }
            this.inputs = sides.get(0).intValue() * SIDE;
            this.outputs = sides.get(1).intValue() * SIDE;
            this.bits = sides.get(2).intValue() / SIDE;
            this.codebook = parts.has("mcg")
                    ? TrellisCodebook.MULTIPLY_CONGRUENCE
                    : parts.has("mul1") ? TrellisCodebook.SUM_OF_BYTES : TrellisCodebook.THREE_INSTRUCTIONS;
            this.inward = factors(parts, "suh", "su", inputs);
            this.outward = factors(parts, "svh", "sv", outputs);
        }

        private static float[] factors(ComponentTensors parts, String name, String signs, int count) {
            float[] factors = new float[count];
            if (!parts.has(name) && parts.has(signs)) {
                Tensor stored = parts.counted(signs, count / Short.SIZE, Plain.I16);
                for (int i = 0; i < count; i++) {
                    factors[i] = (stored.data().get(SHORT, (long) i / Short.SIZE * Short.BYTES) >>> i % Short.SIZE & 1) == 0 ? 1 : -1;
                }
                return factors;
            }
            FloatMatrix stored = parts.finite(name, parts.counted(name, count, Plain.F16));
            for (int i = 0; i < count; i++) {
                factors[i] = stored.at(i);
            }
            return factors;
        }

        @Override
        public Codec codec() {
            return Plain.F16;
        }

        @Override
        public Shape shape() {
            return Shape.of(outputs, inputs);
        }

        @Override
        public boolean isTransformed() {
            return true;
        }

        @Override
        public Weight read(Arena arena) {
            MemorySegment data = arena.allocate(Plain.F16.bytes(shape().count()), Long.BYTES);
            int[] words = new int[NUMBERS * bits / Integer.SIZE];
            long tile = 0;
            for (int input = 0; input < inputs; input += SIDE) {
                for (int output = 0; output < outputs; output += SIDE) {
                    for (int i = 0; i < words.length; i++) {
                        words[i] = trellis.data().get(INT, (tile * words.length + i) * Integer.BYTES);
                    }
                    tile++;
                    for (int i = 0; i < NUMBERS; i++) {
                        long at = (long) (output + output(i)) * inputs + input + input(i);
                        data.set(SHORT, at * Short.BYTES, codebook.at(state(words, i)));
                    }
                }
            }
            Tensor values = new Tensor(Plain.F16, shape(), data);
            return new Weight(values, List.of(new Transform.Hadamard(BLOCK, inward)), List.of(new Transform.Hadamard(BLOCK, outward)),
                    ActivationQuantization.NONE);
        }

        /** The 16 bits that end with the last bit of value {@code i}, circularly. */
        private int state(int[] words, int i) {
            int end = (i + 1) * bits;
            int last = (end - 1) / Integer.SIZE;
            int before = (last + words.length - 1) % words.length;
            long both = (long) words[before] << Integer.SIZE | words[last] & 0xFFFFFFFFL;
            return (int) (both >>> (last + 1) * Integer.SIZE - end) & (1 << STATE) - 1;
        }
    }
}
