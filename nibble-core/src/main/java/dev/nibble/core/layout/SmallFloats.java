package dev.nibble.core.layout;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.codec.MXFP4;
import dev.nibble.core.codec.NVFP4;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * 4-bit floats (E2M1) scaled by small floats, in pairs with the even element in the low half. They become GGUF's blocks, where the halves
 * of a group share a byte.
 *
 * <pre>
 *   codes   U8 [out, in / 2]
 *   scales  MXFP4: E8M0 as U8 or F8_E8M0 [out, in / 32];  NVFP4: F8_E4M3 [out, in / 16]
 * </pre>
 *
 * NVFP4 has a global scale as well, which is applied to the input.
 */
final class SmallFloats implements StoredWeight {
    private static final int GROUP = 32;
    private static final int PAIRS = GROUP / 2;
    private static final int NAN_E8M0 = 0xFF;
    private static final int NAN_E4M3 = 0x7F;

    private final Codec codec;
    private final Shape shape;
    private final Tensor codes;
    private final Tensor scales;
    private final float factor;
    private final int group;
    private final int groupsPerBlock;

    private SmallFloats(Codec codec, Shape shape, Tensor codes, Tensor scales, float factor, int group) {
        this.codec = codec;
        this.shape = shape;
        this.codes = codes;
        this.scales = scales;
        this.factor = factor;
        this.group = group;
        this.groupsPerBlock = codec.blockSize() / group;
    }

    static SmallFloats mxfp4(ComponentTensors parts, String codeName, String scaleName) {
        Tensor codes = parts.matrix(codeName, Plain.U8);
        Shape shape = Shape.of(codes.rows(), 2 * codes.columns());
        SmallFloats weight = new SmallFloats(MXFP4.MXFP4, shape, codes, parts.matrix(scaleName, Plain.U8, Plain.F8_E8M0), 1, GROUP);
        weight.check(parts, scaleName, NAN_E8M0);
        return weight;
    }

    /** MXFP4 in any number of dimensions: codes […, in / 32, 16], scales […, in / 32]. */
    static SmallFloats stacked(ComponentTensors parts, String codeName, String scaleName) {
        Tensor codes = parts.tensor(codeName, Plain.U8);
        List<Long> sides = codes.shape().dimensions();
        int rank = sides.size() - 1;
        if (rank < 2 || sides.getLast() != PAIRS || sides.get(rank - 1) > Integer.MAX_VALUE / GROUP) {
            throw parts.wrong(codeName, "LAYOUT_SHAPE", "has shape " + codes.shape() + ", expected [outputs, blocks, " + PAIRS + "]");
        }
        List<Long> outer = sides.subList(0, rank - 1);
        long across = sides.get(rank - 1);
        Tensor scales = parts.shaped(scaleName, new Shape(sides.subList(0, rank)), Plain.U8, Plain.F8_E8M0);
        List<Long> shape = new ArrayList<>(outer);
        shape.add(across * GROUP);
        SmallFloats weight = new SmallFloats(MXFP4.MXFP4, new Shape(shape), codes, scales, 1, GROUP);
        weight.checkScales(parts, scaleName, NAN_E8M0);
        return weight;
    }

    /** @param factor global scale of all values */
    static SmallFloats nvfp4(ComponentTensors parts, String codeName, String scaleName, float factor) {
        Tensor codes = parts.matrix(codeName, Plain.U8);
        SmallFloats weight = new SmallFloats(NVFP4.NVFP4, Shape.of(codes.rows(), 2 * codes.columns()), codes,
                parts.matrix(scaleName, Plain.F8_E4M3), factor, 16);
        weight.check(parts, scaleName, NAN_E4M3);
        return weight;
    }

    private void check(ComponentTensors parts, String scaleName, int largest) {
        if (columns() % codec.blockSize() != 0) {
            throw new UnsupportedException(parts.module() + ": rows of " + columns() + " values do not fill blocks of " + codec.blockSize()
                    + " (" + codec.name() + ")");
        }
        parts.shaped(scaleName, Shape.of(codes.rows(), columns() / group), Plain.U8, Plain.F8_E8M0, Plain.F8_E4M3);
        checkScales(parts, scaleName, largest);
    }

    private void checkScales(ComponentTensors parts, String scaleName, int largest) {
        for (long i = 0; i < scales.data().byteSize(); i++) {
            int scale = scales.data().get(JAVA_BYTE, i) & 0xFF;
            if (scale >= largest) {
                throw parts.wrong(scaleName, "LAYOUT_RANGE", "scale " + i + " is NaN or negative");
            }
        }
    }

    private int columns() {
        return Math.toIntExact(shape.columns());
    }

    @Override
    public Codec codec() {
        return codec;
    }

    @Override
    public Shape shape() {
        return shape;
    }

    @Override
    public boolean isTransformed() {
        return factor != 1;
    }

    @Override
    public Weight read(Arena arena) {
        MemorySegment data = arena.allocate(codec.bytes(shape().count()), Long.BYTES);
        byte[] pairs = new byte[group / 2];
        byte[] halves = new byte[group / 2];
        for (long g = 0; g < scales.data().byteSize(); g++) {
            long block = g / groupsPerBlock * codec.blockBytes();
            long inBlock = g % groupsPerBlock;
            data.set(JAVA_BYTE, block + inBlock, scales.data().get(JAVA_BYTE, g));
            MemorySegment.copy(codes.data(), JAVA_BYTE, g * pairs.length, pairs, 0, pairs.length);
            for (int i = 0; i < halves.length; i++) {
                halves[i] = (byte) (code(pairs, i) | code(pairs, halves.length + i) << 4);
            }
            MemorySegment.copy(halves, 0, data, JAVA_BYTE, block + groupsPerBlock + inBlock * halves.length, halves.length);
        }
        Tensor values = new Tensor(codec, shape(), data);
        if (factor == 1) {
            return Weight.of(values);
        }
        float[] factors = new float[columns()];
        Arrays.fill(factors, factor);
        return new Weight(values, List.of(new Transform.ChannelScale(factors)));
    }

    private static int code(byte[] pairs, int i) {
        return pairs[i / 2] >> (i % 2 * 4) & 15;
    }

    /** Writes the codes of a weight in GGUF's blocks, in pairs, and its scales. */
    static void write(Tensor values, MemorySegment codes, MemorySegment scales) {
        int group = values.codec().equals(MXFP4.MXFP4) ? 32 : 16;
        int groupsPerBlock = values.codec().blockSize() / group;
        byte[] halves = new byte[group / 2];
        for (long g = 0; g < scales.byteSize(); g++) {
            long block = g / groupsPerBlock * values.codec().blockBytes();
            long inBlock = g % groupsPerBlock;
            scales.set(JAVA_BYTE, g, values.data().get(JAVA_BYTE, block + inBlock));
            MemorySegment.copy(values.data(), JAVA_BYTE, block + groupsPerBlock + inBlock * halves.length, halves, 0, halves.length);
            for (int i = 0; i < halves.length; i++) {
                codes.set(JAVA_BYTE, g * halves.length + i, (byte) (half(halves, 2 * i) | half(halves, 2 * i + 1) << 4));
            }
        }
    }

    private static int half(byte[] halves, int i) {
        return halves[i % halves.length] >> (i / halves.length * 4) & 15;
    }

    /** The tensors of such a weight. */
    static List<TensorInfo> parts(TensorInfo module, String codeName, String scaleName) {
        boolean mx = module.codec().equals(MXFP4.MXFP4);
        long columns = module.shape().columns();
        return List.of(new TensorInfo(module.name() + "." + codeName, Plain.U8, Shape.of(module.shape().rows(), columns / 2)),
                new TensorInfo(module.name() + "." + scaleName, mx ? Plain.U8 : Plain.F8_E4M3,
                        Shape.of(module.shape().rows(), columns / (mx ? 32 : 16))));
    }

    /** The global scale of a weight in NVFP4, 1 if it has none. */
    static float factor(Weight weight, String module) {
        if (weight.inputTransforms().isEmpty()) {
            return 1;
        }
        if (weight.inputTransforms().size() == 1 && weight.inputTransforms().getFirst() instanceof Transform.ChannelScale scale) {
            float factor = scale.scale()[0];
            for (float other : scale.scale()) {
                if (other != factor) {
                    throw new UnsupportedException(module + ": its inputs have different scales, and the layout has one global scale");
                }
            }
            return factor;
        }
        throw new UnsupportedException(module + ": its input is transformed by " + weight.inputTransforms()
                + ", which the layout cannot hold");
    }
}
