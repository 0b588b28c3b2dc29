package dev.nibble.core.checkpoint.layout;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.UnsupportedException;
import dev.nibble.core.codec.MXFP4;
import dev.nibble.core.codec.NVFP4;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * 4-bit floats (E2M1) under small floats, in pairs with the even number in the low half. They become the blocks of GGUF, where the halves of
 * a group share a byte.
 *
 * <pre>
 *   codes   U8 [out, in / 2]
 *   scales  MXFP4: E8M0 as U8 or F8_E8M0 [out, in / 32];  NVFP4: F8_E4M3 [out, in / 16]
 * </pre>
 *
 * NVFP4 has a factor for the whole tensor besides, which the input is multiplied by.
 */
final class SmallFloats implements StoredWeight {
    private static final int NAN_E8M0 = 0xFF;
    private static final int NAN_E4M3 = 0x7F;

    private final Codec codec;
    private final Tensor codes;
    private final Tensor scales;
    private final float factor;
    private final int group;
    private final int groupsPerBlock;

    private SmallFloats(Codec codec, Tensor codes, Tensor scales, float factor, int group) {
        this.codec = codec;
        this.codes = codes;
        this.scales = scales;
        this.factor = factor;
        this.group = group;
        this.groupsPerBlock = codec.blockSize() / group;
    }

    static SmallFloats mxfp4(StoredParts parts, String codeName, String scaleName) {
        SmallFloats weight = new SmallFloats(MXFP4.MXFP4, parts.matrix(codeName, Plain.U8),
                parts.matrix(scaleName, Plain.U8, Plain.F8_E8M0),
                1, 32);
        weight.check(parts, scaleName, NAN_E8M0);
        return weight;
    }

    /** @param factor what all numbers are multiplied by */
    static SmallFloats nvfp4(StoredParts parts, String codeName, String scaleName, float factor) {
        SmallFloats weight = new SmallFloats(NVFP4.NVFP4, parts.matrix(codeName, Plain.U8), parts.matrix(scaleName, Plain.F8_E4M3), factor,
                16);
        weight.check(parts, scaleName, NAN_E4M3);
        return weight;
    }

    private void check(StoredParts parts, String scaleName, int largest) {
        if (columns() % codec.blockSize() != 0) {
            throw new UnsupportedException(parts.module() + ": rows of " + columns() + " numbers do not fill blocks of " + codec.blockSize()
                    + " (" + codec.name() + ")");
        }
        parts.shaped(scaleName, Shape.of(codes.rows(), columns() / group), Plain.U8, Plain.F8_E8M0, Plain.F8_E4M3);
        for (long i = 0; i < scales.data().byteSize(); i++) {
            int scale = scales.data().get(JAVA_BYTE, i) & 0xFF;
            if (scale >= largest) {
                throw parts.wrong(scaleName, "LAYOUT_RANGE", "scale " + i + " is NaN or negative");
            }
        }
    }

    private int columns() {
        return Math.toIntExact(2 * codes.columns());
    }

    @Override
    public Codec codec() {
        return codec;
    }

    @Override
    public Shape shape() {
        return Shape.of(codes.rows(), columns());
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

    /** The codes of a weight in GGUF's blocks, in pairs; and its scales. */
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

    /** The factor of a weight in NVFP4: 1, or what all its inputs are multiplied by. */
    static float factor(Weight weight, String module) {
        if (weight.inputTransforms().isEmpty()) {
            return 1;
        }
        if (weight.inputTransforms().size() == 1 && weight.inputTransforms().getFirst() instanceof Transform.ChannelScale scale) {
            float factor = scale.scale()[0];
            for (float other : scale.scale()) {
                if (other != factor) {
                    throw new UnsupportedException(module + ": its inputs have scales of their own, the layout has one factor");
                }
            }
            return factor;
        }
        throw new UnsupportedException(module + ": its input goes through " + weight.inputTransforms() + ", which the layout cannot hold");
    }
}
