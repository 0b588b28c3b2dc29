package dev.nibble.core.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** How a run of numbers is laid out in bytes: {@link #blockSize} numbers share {@link #blockBytes} bytes. */
public interface Codec {
    /** The name users and files know it by: {@code Q4_K}, {@code BF16}. */
    String name();

    /** What it is for, in one short line. */
    default String purpose() {
        return "";
    }

    /** Numbers in a block; 1 for plain number formats. */
    int blockSize();

    int blockBytes();

    /** Numbers that one code stands for: 1, or 4 or 8 for points of a lattice. */
    default int dimension() {
        return 1;
    }

    /** Reads {@code count} numbers, whole blocks, starting at byte {@code offset}. Total: any bytes decode to something. */
    void decode(MemorySegment source, long offset, float[] target, int from, int count);

    /**
     * Fixes the scales of the block that starts at {@code numbers[from]} and gives every number a first code: what rounding to
     * nearest stores. An algorithm that knows better gives other codes before the block is written.
     *
     * @param importance weights of the errors, already bound to the row ({@link Importance#ofRow})
     */
    Block fit(float[] numbers, int from, Importance importance);

    /**
     * The largest error of a rounded number, as a fraction of its block's largest magnitude, where the scales, or the plain numbers
     * themselves, are in the normal range of their format.
     */
    double roundingError();

    /**
     * Rounds one row to nearest: the plain version, which every faster one must equal byte for byte. The cleverer ways to choose codes
     * are in the quantization package.
     *
     * @param count      numbers in the row, whole blocks
     * @param importance one weight per column, or {@link Importance#EQUAL}
     */
    default void encode(float[] numbers, int from, int count, Importance importance, MemorySegment target, long offset) {
        Importance row = importance.ofRow(numbers, from, count);
        long position = offset;
        for (int i = from; i < from + count; i += blockSize()) {
            fit(numbers, i, row).write(target, position);
            position += blockBytes();
        }
    }

    /**
     * As {@link #fit}, under a scale {@code headroom} times larger, for numbers that may still grow; codecs whose scales follow from a search
     * have no use for it.
     */
    default Block fitWithHeadroom(double headroom, float[] numbers, int from, Importance importance) {
        return fit(numbers, from, importance);
    }

    /** Whether {@link #fit} takes the whole range of the numbers, so that narrower ranges are worth a trial. */
    default boolean fitsWholeRange() {
        return false;
    }

    /** Whether it is made for numbers that are distributed normally, as a random rotation leaves them. */
    default boolean isForNormalNumbers() {
        return false;
    }

    /** Whether its groups store zero points. */
    default boolean hasZeroPoints() {
        return false;
    }

    /** Whether backends multiply its codes with inputs that were rounded to integers. */
    default boolean multipliesIntegers() {
        return false;
    }

    /** Bits of a code, in families whose members differ in them. */
    default OptionalInt codeBits() {
        return OptionalInt.empty();
    }

    /** The same with groups of another size; itself if all its blocks are of one size. */
    default Codec withGroup(int size) {
        return this;
    }

    /**
     * The same with scales that are given, since rows share them; empty if it has no such scales.
     *
     * @param largest magnitudes under the scales of a row
     * @param columns under one scale
     */
    default Optional<Codec> withSharedScales(float[] largest, int columns) {
        return Optional.empty();
    }

    /** Codebooks that were learned for one weight and belong to it; empty if the codec is the same for all weights. */
    default Optional<MemorySegment> learned() {
        return Optional.empty();
    }

    /** The same with other codebooks, where it has any. */
    default Codec withLearned(MemorySegment codebooks) {
        return this;
    }

    /** What all numbers of a tensor are to be divided by before they are encoded, given the largest magnitude. */
    default float tensorFactor(float largest) {
        return 1;
    }

    /** Codec and columns of a part of a row. */
    record RowPart(Codec codec, int columns) {}

    /** The parts of a row, from left to right, of a codec that is made of others; empty for one that is not. */
    default List<RowPart> rowParts() {
        return List.of();
    }

    /** Whether it cannot be encoded sensibly without importance weights. */
    default boolean needsImportance() {
        return false;
    }

    /** The number GGUF knows it by; files of that kind are read and written through this alone. */
    default OptionalInt ggufType() {
        return OptionalInt.empty();
    }

    /** Where in a block's bytes its scales are, checked for being finite; true if all of this block's are. */
    default boolean scalesFinite(MemorySegment source, long offset) {
        return true;
    }

    /** Bits that one number takes, scales included. */
    default double bitsPerWeight() {
        return 8.0 * blockBytes() / blockSize();
    }

    /**
     * Bytes of {@code count} numbers.
     *
     * @throws ArithmeticException      if that does not fit a long
     * @throws IllegalArgumentException if they do not fill whole blocks
     */
    default long bytes(long count) {
        if (count % blockSize() != 0) {
            throw new IllegalArgumentException(count + " numbers do not fill blocks of " + blockSize() + " (" + name() + ")");
        }
        return Math.multiplyExact(count / blockSize(), (long) blockBytes());
    }
}
