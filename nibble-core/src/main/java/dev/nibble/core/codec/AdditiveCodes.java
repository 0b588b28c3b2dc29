package dev.nibble.core.codec;

import static dev.nibble.core.tensor.LittleEndian.SHORT;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Eight numbers as a sum of vectors, one out of each of some codebooks, under one F16 scale per group. The codebooks are learned for one
 * weight and belong to its codec: two codecs are equal if all their vectors are. Egiazarian et al. 2024, "AQLM", section 3. Importance does
 * not change them.
 *
 * <pre>
 *   byte 0..1   scale, F16
 *   byte 2..    per eight numbers one index for each codebook: a byte, or a little-endian word if it has more than 8 bits
 *   numbers = scale × Σ over codebooks  vector[index]
 * </pre>
 *
 * Named {@code AQLM-2x8-G256}: codebooks × bits of an index, group. A codec found by name has vectors of zeros; a quantizer learns others.
 */
public final class AdditiveCodes implements Codec {
    /** Numbers under one code. */
    public static final int DIMENSION = 8;
    public static final int MAX_BOOKS = 16;
    public static final int MAX_BITS = 16;

    private static final int LARGEST_GROUP = 1 << 26;
    private static final Pattern NAME = Pattern.compile("AQLM-([1-9]\\d?)x([1-9]\\d?)-G([1-9]\\d{0,6})");

    private final int books;
    private final int bits;
    private final int groupSize;
    private final MemorySegment vectors;
    private final ScaleFormat vectorFormat;

    /**
     * @param books     codebooks
     * @param bits      of an index: 1 to 16
     * @param groupSize numbers under one scale, a multiple of 8; may be a whole row
     * @param vectors   F16 or F32, books × 2^bits × 8; a view, valid as long as its memory
     */
    public AdditiveCodes(int books, int bits, int groupSize, MemorySegment vectors) {
        if (books < 1 || books > MAX_BOOKS || bits < 1 || bits > MAX_BITS) {
            throw new IllegalArgumentException(books + " codebooks of " + bits + " bits");
        }
        if (groupSize < DIMENSION || groupSize > LARGEST_GROUP || groupSize % DIMENSION != 0) {
            throw new IllegalArgumentException("groups of " + groupSize + ", expected a multiple of " + DIMENSION);
        }
        this.vectorFormat = vectors.byteSize() == 2 * vectorBytes(books, bits) ? ScaleFormat.F32 : ScaleFormat.F16;
        if (vectorFormat == ScaleFormat.F16 && vectors.byteSize() != vectorBytes(books, bits)) {
            throw new IllegalArgumentException(vectors.byteSize() + " bytes of vectors, expected " + vectorBytes(books, bits));
        }
        this.books = books;
        this.bits = bits;
        this.groupSize = groupSize;
        this.vectors = vectors;
    }

    /** Bytes of all vectors in F16. */
    private static long vectorBytes(int books, int bits) {
        return (long) books * (1 << bits) * DIMENSION * Short.BYTES;
    }

    /** A codec whose vectors are not learned yet. */
    public static AdditiveCodes unlearned(int books, int bits, int groupSize) {
        return new AdditiveCodes(books, bits, groupSize, MemorySegment.ofArray(new byte[Math.toIntExact(vectorBytes(books, bits))]));
    }

    /** The codec of this name, not learned; empty if the name is none of this family. */
    public static Optional<AdditiveCodes> named(String name) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int books = Integer.parseInt(matcher.group(1));
        int bits = Integer.parseInt(matcher.group(2));
        int group = Integer.parseInt(matcher.group(3));
        return books <= MAX_BOOKS && bits <= MAX_BITS && group % DIMENSION == 0
                ? Optional.of(unlearned(books, bits, group))
                : Optional.empty();
    }

    /** The same shape with other vectors, rounded to F16. @param learned books × 2^bits × 8 */
    public AdditiveCodes with(float[] learned) {
        MemorySegment segment = MemorySegment.ofArray(new byte[Math.multiplyExact(learned.length, Short.BYTES)]);
        for (int i = 0; i < learned.length; i++) {
            segment.set(SHORT, (long) i * Short.BYTES, Float.floatToFloat16(learned[i]));
        }
        return new AdditiveCodes(books, bits, groupSize, segment);
    }

    public int books() {
        return books;
    }

    /** Bits of an index. */
    public int bits() {
        return bits;
    }

    /** The vectors in {@link #vectorFormat}, books × 2^bits × 8. */
    public MemorySegment vectors() {
        return vectors;
    }

    /** F16, or F32 where vectors follow from a formula. */
    public ScaleFormat vectorFormat() {
        return vectorFormat;
    }

    /** All vectors as floats. */
    public float[] floats() {
        float[] floats = new float[Math.toIntExact(vectors.byteSize() / vectorFormat.bytes())];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = vectorFormat.read(vectors, (long) i * vectorFormat.bytes());
        }
        return floats;
    }

    @Override
    public String name() {
        return "AQLM-" + books + "x" + bits + "-G" + groupSize;
    }

    @Override
    public String purpose() {
        return "sums of vectors from learned codebooks: AQLM";
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
        return codesAt() + groupSize / DIMENSION * books * indexBytes();
    }

    @Override
    public AdditiveCodes withGroup(int size) {
        return new AdditiveCodes(books, bits, size, vectors);
    }

    @Override
    public Optional<MemorySegment> learned() {
        return Optional.of(vectors);
    }

    @Override
    public AdditiveCodes withLearned(MemorySegment codebooks) {
        return new AdditiveCodes(books, bits, groupSize, codebooks);
    }

    /** Bytes of an index. */
    public int indexBytes() {
        return bits > Byte.SIZE ? Short.BYTES : Byte.BYTES;
    }

    /** Byte of a block where its codes start. */
    public int codesAt() {
        return Short.BYTES;
    }

    @Override
    public double roundingError() {
        return Double.POSITIVE_INFINITY; // the range of the vectors is not known
    }

    @Override
    public boolean scalesFinite(MemorySegment source, long offset) {
        return Float.isFinite(scale(source, offset));
    }

    /** The scale of the block at {@code offset}. */
    public float scale(MemorySegment source, long offset) {
        return Float.float16ToFloat(source.get(SHORT, offset));
    }

    /** Index {@code i} of the block, in the order of its bytes. */
    public int index(MemorySegment source, long offset, int i) {
        int index = indexBytes() == 1
                ? source.get(JAVA_BYTE, offset + codesAt() + i)
                : source.get(SHORT, offset + codesAt() + (long) i * Short.BYTES);
        return index & (1 << bits) - 1;
    }

    /** Writes a block from its parts. @param indices one per codebook for each eight numbers, from {@code from} on */
    public void write(MemorySegment target, long offset, float scale, int[] indices, int from) {
        target.set(SHORT, offset, Float.floatToFloat16(scale));
        for (int i = 0; i < groupSize / DIMENSION * books; i++) {
            if (indexBytes() == 1) {
                target.set(JAVA_BYTE, offset + codesAt() + i, (byte) indices[from + i]);
            } else {
                target.set(SHORT, offset + codesAt() + (long) i * Short.BYTES, (short) indices[from + i]);
            }
        }
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int from, int count) {
        long at = offset;
        for (int block = from; block < from + count; block += groupSize) {
            float scale = scale(source, at);
            for (int i = 0; i < groupSize; i += DIMENSION) {
                for (int d = 0; d < DIMENSION; d++) {
                    target[block + i + d] = 0;
                }
                for (int book = 0; book < books; book++) {
                    add(book, index(source, at, i / DIMENSION * books + book), target, block + i);
                }
                for (int d = 0; d < DIMENSION; d++) {
                    target[block + i + d] *= scale;
                }
            }
            at += blockBytes();
        }
    }

    private void add(int book, int index, float[] target, int from) {
        long vector = (((long) book << bits) + index) * DIMENSION * vectorFormat.bytes();
        for (int d = 0; d < DIMENSION; d++) {
            target[from + d] += vectorFormat.read(vectors, vector + (long) d * vectorFormat.bytes());
        }
    }

    @Override
    public Block fit(float[] numbers, int from, Importance importance) {
        double squares = 0;
        for (int i = from; i < from + groupSize; i++) {
            squares += (double) numbers[i] * numbers[i];
        }
        AdditiveBlock block = new AdditiveBlock(this, ScaleFormat.F16.rounded((float) Math.sqrt(squares / groupSize)));
        for (int i = 0; i < groupSize; i += DIMENSION) {
            block.choose(i, numbers, from + i);
        }
        return block;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AdditiveCodes codes && books == codes.books && bits == codes.bits && groupSize == codes.groupSize
                && (vectors.equals(codes.vectors) || vectors.mismatch(codes.vectors) < 0);
    }

    @Override
    public int hashCode() {
        return Objects.hash(books, bits, groupSize);
    }

    @Override
    public String toString() {
        return name();
    }
}
