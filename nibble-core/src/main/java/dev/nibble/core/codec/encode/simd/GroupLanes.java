package dev.nibble.core.codec.encode.simd;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Groups of numbers interleaved, one per lane: number i of the group in lane l is at {@code i × COUNT + l}. */
public final class GroupLanes {
    /** The widest vectors, up to the 16 numbers of the smallest group. */
    public static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED.length() > 16
            ? FloatVector.SPECIES_512
            : FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
    static final int COUNT = FLOATS.length();

    /** ggml's threshold below which a group counts as all zeros. */
    public static final float ALL_ZERO = 1e-15f;

    /** 1.5 × 2^23: the low mantissa bits of a sum with it are an integer, rounded. */
    public static final float SHIFT = 12582912f;

    public static final int MANTISSA = 0x007fffff;
    public static final int HALF_MANTISSA = 0x00400000;

    private static final int SHIFT_BITS = Float.floatToRawIntBits(SHIFT);

    private GroupLanes() {}

    /** Interleaves {@code groups} groups of {@code size} numbers; lanes without a group get zeros. */
    static void load(float[] numbers, int from, int groups, int size, float[] lanes) {
        if (groups < COUNT) {
            Arrays.fill(lanes, 0, size * COUNT, 0);
        }
        for (int lane = 0; lane < groups; lane++) {
            int at = from + lane * size;
            for (int i = 0; i < size; i++) {
                lanes[i * COUNT + lane] = numbers[at + i];
            }
        }
    }

    static FloatVector at(float[] lanes, int i) {
        return FloatVector.fromArray(FLOATS, lanes, i * COUNT);
    }

    static FloatVector broadcast(float x) {
        return FloatVector.broadcast(FLOATS, x);
    }

    static FloatVector zero() {
        return FloatVector.zero(FLOATS);
    }

    /** Rounds as {@code Rounding.halfEven} in every lane, for any numbers, and clamps. */
    static IntVector round(FloatVector x, int min, int max) {
        return x.add(SHIFT).reinterpretAsInts().and(MANTISSA).sub(HALF_MANTISSA).max(min).min(max);
    }

    /** The same, for magnitudes below 2^22. */
    static FloatVector roundSmall(FloatVector x, int min, int max) {
        // floats above 0 are in the order of their bits, and a vector's integer minimum is one instruction
        IntVector shifted = x.add(SHIFT).reinterpretAsInts();
        return shifted.max(SHIFT_BITS + min).min(SHIFT_BITS + max).reinterpretAsFloats().sub(SHIFT);
    }

    static FloatVector toFloat(IntVector x) {
        return (FloatVector) x.convert(VectorOperators.I2F, 0);
    }
}
