package dev.nibble.core.backend.vector;

import static dev.nibble.core.tensor.LittleEndian.INT;
import static dev.nibble.core.tensor.LittleEndian.SHORT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Vectors of 4, 8 or 16 lanes, and loads of codes into them. */
final class Lanes {
    /** The widest vectors, up to one lane per accumulator. */
    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED.length() > LaneSum.COUNT
            ? FloatVector.SPECIES_512
            : FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
    static final int COUNT = FLOATS.length();

    private static final int MIN = 4;
    static final VectorSpecies<Byte> BYTES = VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, 8 * COUNT)));
    private static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class, VectorShape.forBitSize(16 * COUNT));
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int[] INDEX = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

    private Lanes() {}

    /** Unsigned bytes, one per lane. */
    static IntVector bytes(MemorySegment source, long offset) {
        if (COUNT == MIN) { // there are no vectors of four bytes
            return spread(source.get(INT, offset), 8).and(0xFF);
        }
        return (IntVector) ByteVector.fromMemorySegment(BYTES, source, offset, ORDER).convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS,
                0);
    }

    static IntVector signedBytes(MemorySegment source, long offset) {
        if (COUNT == MIN) {
            return bytes(source, offset).lanewise(VectorOperators.LSHL, 24).lanewise(VectorOperators.ASHR, 24);
        }
        return (IntVector) ByteVector.fromMemorySegment(BYTES, source, offset, ORDER).convertShape(VectorOperators.B2I, INTS, 0);
    }

    /** Unsigned 16-bit integers, one per lane. */
    static IntVector shorts(MemorySegment source, long offset) {
        return (IntVector) ShortVector.fromMemorySegment(SHORTS, source, offset, ORDER).convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS,
                0);
    }

    /** The same bits in every lane, shifted right by {@code step} more in each. */
    static IntVector spread(int bits, int step) {
        return IntVector.broadcast(INTS, bits).lanewise(VectorOperators.LSHR, IntVector.fromArray(INTS, INDEX, 0).mul(step));
    }

    static FloatVector floats(IntVector x) {
        return (FloatVector) x.convert(VectorOperators.I2F, 0);
    }

    static IntVector shiftRight(IntVector x, int bits) {
        return x.lanewise(VectorOperators.LSHR, bits);
    }

    /**
     * One of sixteen levels for each code.
     *
     * @param levels {@link LaneSum#COUNT} values
     */
    static FloatVector pick(float[] levels, IntVector codes) {
        if (COUNT == LaneSum.COUNT) {
            return part(levels, 0, codes);
        }
        FloatVector picked = part(levels, 0, codes.and(COUNT - 1));
        for (int from = COUNT; from < LaneSum.COUNT; from += COUNT) {
            picked = picked.blend(part(levels, from, codes.and(COUNT - 1)), codes.compare(VectorOperators.GE, from).cast(FLOATS));
        }
        return picked;
    }

    private static FloatVector part(float[] levels, int from, IntVector codes) {
        return codes.selectFrom(FloatVector.fromArray(FLOATS, levels, from).reinterpretAsInts()).reinterpretAsFloats();
    }

    /** An F16. */
    static float half(MemorySegment source, long offset) {
        return Float.float16ToFloat(source.get(SHORT, offset));
    }

    /** The bits of an F16 or a BF16. */
    static short halfBits(MemorySegment source, long offset) {
        return source.get(SHORT, offset);
    }

    static int integer(MemorySegment source, long offset) {
        return source.get(INT, offset);
    }
}
