package dev.nibble.core.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The layout of numbers in bytes: {@link #blockSize} numbers share {@link #blockBytes} bytes. */
public interface Codec {
    /** The name in files and commands: {@code Q4_K}, {@code BF16}. */
    String name();

    /** The purpose, in one short line. */
    default String purpose() {
        return "";
    }

    /** Numbers in a block; 1 for plain number formats. */
    int blockSize();

    int blockBytes();

    /** Numbers per code: 1, or 4 or 8 for points of a lattice. */
    default int dimension() {
        return 1;
    }

    /** Reads {@code count} numbers, whole blocks, starting at byte {@code offset}. Total: any bytes decode to something. */
    void decode(MemorySegment source, long offset, float[] target, int from, int count);

    /**
     * Fixes the scales of the block that starts at {@code numbers[from]} and gives every number a first code: the nearest. A calibrated
     * algorithm may choose other codes before the block is written.
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
     * Rounds one row to nearest: the plain version, which every faster one must equal byte for byte. Calibrated algorithms are in the
     * quantization package.
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
     * Does what {@link #fit} does with a scale {@code headroom} times larger, for numbers that may still grow; codecs that search for their
     * scales ignore the headroom.
     */
    default Block fitWithHeadroom(double headroom, float[] numbers, int from, Importance importance) {
        return fit(numbers, from, importance);
    }

    /** Whether {@link #fit} covers the whole range of the numbers, so that clipped ranges are worth trying. */
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

    /** Whether backends multiply its codes with inputs quantized to integers. */
    default boolean multipliesIntegers() {
        return false;
    }

    /** Bits per code, in families whose members differ in it. */
    default OptionalInt codeBits() {
        return OptionalInt.empty();
    }

    /** The same codec with another group size; itself if its block size is fixed. */
    default Codec withGroup(int size) {
        return this;
    }

    /**
     * The same codec with given scales, shared by several rows; empty if it has no such scales.
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

    /** The same codec with other codebooks, where it has any. */
    default Codec withLearned(MemorySegment codebooks) {
        return this;
    }

    /** The global scale of a tensor: its numbers are divided by it before they are encoded. */
    default float globalScale(float largest) {
        return 1;
    }

    /** A part of a row: its codec and its columns. */
    record RowPart(Codec codec, int columns) {}

    /** The parts of a row, from left to right, of a codec that is made of others; empty for one that is not. */
    default List<RowPart> rowParts() {
        return List.of();
    }

    /** Whether it cannot be encoded sensibly without importance weights. */
    default boolean needsImportance() {
        return false;
    }

    /** The number of the type in GGUF; GGUF files are read and written by it alone. */
    default OptionalInt ggufType() {
        return OptionalInt.empty();
    }

    /** Whether all scales of the block at {@code offset} are finite. */
    default boolean scalesFinite(MemorySegment source, long offset) {
        return true;
    }

    /** Bits per number, scales included. */
    default double bitsPerWeight() {
        return 8.0 * blockBytes() / blockSize();
    }

    /**
     * Bytes of {@code count} numbers.
     *
     * @throws ArithmeticException      if the result does not fit a long
     * @throws IllegalArgumentException if they do not fill whole blocks
     */
    default long bytes(long count) {
        if (count % blockSize() != 0) {
            throw new IllegalArgumentException(count + " numbers do not fill blocks of " + blockSize() + " (" + name() + ")");
        }
        return Math.multiplyExact(count / blockSize(), (long) blockBytes());
    }
}
