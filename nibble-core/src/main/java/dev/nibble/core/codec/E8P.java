package dev.nibble.core.codec;

import static dev.nibble.core.tensor.LittleEndian.INT;
import static dev.nibble.core.tensor.LittleEndian.SHORT;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Eight numbers in 16 bits: a point of the E8 lattice, shifted by a quarter, under one F32 scale per group. Designed for normally
 * distributed numbers, as those of a weight are after random signs and a Hadamard transform. Tseng et al. 2024, "QuIP#", section 4.2. A
 * family of codecs, one for every group; values, equal if their groups are. Importance does not change them.
 *
 * <pre>
 *   byte 0..3   scale, F32
 *   byte 4..    per eight numbers a little-endian word:
 *               bits 0..7   pattern of magnitudes, of {@link E8PCodebook}
 *               bits 8..14  whether numbers 0 to 6 are negative; number 7 is if that makes the sum of all even
 *               bit  15     the shift: 0 for +1/4, 1 for −1/4
 *   number = scale × (signed magnitude + shift)
 * </pre>
 *
 * Named {@code E8P-G256}.
 *
 * @param groupSize numbers under one scale, a multiple of 8; may be a whole row
 */
public record E8P(int groupSize) implements Codec {
    /** Numbers under one code. */
    public static final int DIMENSION = 8;
    /** The root mean square of the numbers under a scale of 1 that gives a normal distribution the least error. */
    private static final double SPREAD = 1.04;

    private static final int LARGEST_GROUP = 1 << 26;
    private static final Pattern NAME = Pattern.compile("E8P-G([1-9]\\d{0,6})");

    public E8P {
        if (groupSize < DIMENSION || groupSize > LARGEST_GROUP || groupSize % DIMENSION != 0) {
            throw new IllegalArgumentException("groups of " + groupSize + ", expected a multiple of " + DIMENSION);
        }
    }

    /** The codec of this name; empty if the name is none of this family. */
    public static Optional<E8P> named(String name) {
        Matcher matcher = NAME.matcher(name);
        return matcher.matches() && Integer.parseInt(matcher.group(1)) % DIMENSION == 0
                ? Optional.of(new E8P(Integer.parseInt(matcher.group(1))))
                : Optional.empty();
    }

    @Override
    public String name() {
        return "E8P-G" + groupSize;
    }

    @Override
    public String purpose() {
        return "2-bit points of the E8 lattice: QuIP#";
    }

    @Override
    public int dimension() {
        return DIMENSION;
    }

    @Override
    public int blockSize() {
        return groupSize;
    }

    @Override
    public int blockBytes() {
        return codesAt() + groupSize / DIMENSION * Short.BYTES;
    }

    @Override
    public E8P withGroup(int size) {
        return new E8P(size);
    }

    @Override
    public boolean isForNormalNumbers() {
        return true;
    }

    @Override
    public Block fitWithHeadroom(double headroom, float[] numbers, int from, Importance importance) {
        return under((float) (headroom * scaleOf(numbers, from)));
    }

    /** Byte of a block where its codes start. */
    public int codesAt() {
        return Float.BYTES;
    }

    @Override
    public double roundingError() {
        return 1.5; // a number far above the others is clipped, a sign may be wrong
    }

    /** The scale of the block at {@code offset}. */
    public float scale(MemorySegment source, long offset) {
        return Float.intBitsToFloat(source.get(INT, offset));
    }

    /** The code of numbers {@code 8 i} to {@code 8 i + 7} of that block. */
    public short code(MemorySegment source, long offset, int i) {
        return source.get(SHORT, offset + codesAt() + (long) i * Short.BYTES);
    }

    /** Writes a block from its parts. */
    public void write(MemorySegment target, long offset, float scale, short[] codes, int from) {
        target.set(INT, offset, Float.floatToRawIntBits(scale));
        for (int i = 0; i < groupSize / DIMENSION; i++) {
            target.set(SHORT, offset + codesAt() + (long) i * Short.BYTES, codes[from + i]);
        }
    }

    @Override
    public boolean scalesFinite(MemorySegment source, long offset) {
        return Float.isFinite(scale(source, offset));
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int from, int count) {
        long at = offset;
        for (int block = from; block < from + count; block += groupSize) {
            float scale = scale(source, at);
            for (int i = 0; i < groupSize; i += DIMENSION) {
                E8PCodebook.decode(code(source, at, i / DIMENSION), scale, target, block + i);
            }
            at += blockBytes();
        }
    }

    @Override
    public Block fit(float[] numbers, int from, Importance importance) {
        E8PBlock block = under(scaleOf(numbers, from));
        for (int i = 0; i < groupSize; i += DIMENSION) {
            block.choose(i, numbers, from + i);
        }
        return block;
    }

    /** The scale for the group that starts at {@code numbers[from]}, assumed to be normally distributed. */
    public float scaleOf(float[] numbers, int from) {
        double squares = 0;
        for (int i = from; i < from + groupSize; i++) {
            squares += (double) numbers[i] * numbers[i];
        }
        return (float) (Math.sqrt(squares / groupSize) / SPREAD);
    }

    /** A block with a given scale; every code is 0. */
    public E8PBlock under(float scale) {
        return new E8PBlock(this, scale);
    }
}
