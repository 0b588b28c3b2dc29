package dev.nibble.core.codec;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;

/**
 * Integer codes with a scale and an offset per group, the format of torchao: a family of codecs, one for every choice of bits, group and
 * number format of both. Codecs with equal parts are equal. Importance does not change them.
 *
 * <pre>
 *   scale    F16, BF16 or F32
 *   offset   in the same format
 *   codes    ceil(group × bits / 8) bytes, unsigned, in the order of {@link GroupCodes}
 *   number = (code − 2^(bits − 1)) × scale + offset, in float
 * </pre>
 *
 * Named {@code INT4-G128-OFFSET}, with the suffix {@code -BF16} or {@code -F32} if the scale is not F16.
 *
 * @param bits      per code, 1 to 8
 * @param groupSize numbers under one scale, at least 1; may be a whole row
 */
public record OffsetGroups(int bits, int groupSize, ScaleFormat scaleFormat) implements GroupCodec {
    public OffsetGroups {
        if (bits < 1 || bits > 8 || groupSize < 1 || groupSize > GroupCodec.LARGEST_GROUP) {
            throw new IllegalArgumentException("groups of " + groupSize + " codes of " + bits + " bits");
        }
    }

    @Override
    public String name() {
        return "INT" + bits + "-G" + groupSize + "-OFFSET" + (scaleFormat == ScaleFormat.F16 ? "" : "-" + scaleFormat);
    }

    @Override
    public String purpose() {
        return bits + "-bit integers in groups of " + groupSize + " with an offset, as torchao stores them";
    }

    /** Byte of a block where its offset is. */
    private int offsetAt() {
        return scaleFormat.bytes();
    }

    @Override
    public int codesAt() {
        return 2 * scaleFormat.bytes();
    }

    /** The code whose value is the offset itself. */
    public int middle() {
        return 1 << (bits - 1);
    }

    @Override
    public double roundingError() {
        return 1.0 / ((1 << bits) - 1) + 4 * scaleFormat.roundingError(); // half a step of up to 2/largest code; scale and offset are rounded
    }

    @Override
    public boolean scalesFinite(MemorySegment source, long at) {
        return Float.isFinite(scale(source, at)) && Float.isFinite(zeroPoint(source, at));
    }

    @Override
    public void decode(MemorySegment source, long at, float[] target, int from, int count) {
        byte[] bytes = StoredBytes.of(source, at, bytes(count));
        byte[] codes = new byte[groupSize];
        int block = 0;
        for (int i = from; i < from + count; i += groupSize) {
            float scale = scale(source, at + block);
            float added = zeroPoint(source, at + block);
            GroupCodes.read(bytes, block + codesAt(), bits, codes, 0, groupSize);
            for (int k = 0; k < groupSize; k++) {
                target[i + k] = ((codes[k] & 0xFF) - middle()) * scale + added;
            }
            block += blockBytes();
        }
    }

    @Override
    public float number(MemorySegment source, long at, int index) {
        return (GroupCodes.one(source, at + codesAt(), bits, groupSize, index) - middle()) * scale(source, at) + zeroPoint(source, at);
    }

    @Override
    public OffsetGroups withGroup(int size) {
        return new OffsetGroups(bits, size, scaleFormat);
    }

    @Override
    public float scale(MemorySegment source, long at) {
        return scaleFormat.read(source, at);
    }

    /** The offset. */
    @Override
    public float zeroPoint(MemorySegment source, long at) {
        return scaleFormat.read(source, at + offsetAt());
    }

    @Override
    public void write(MemorySegment target, long at, float scale, float zeroPoint, byte[] codes, int from) {
        scaleFormat.write(target, at, scale);
        scaleFormat.write(target, at + offsetAt(), zeroPoint);
        writeCodes(target, at, codes, from);
    }

    /** The grid from the smallest to the largest number. */
    @Override
    public Block fit(float[] numbers, int from, Importance importance) {
        float smallest = numbers[from];
        float largest = numbers[from];
        for (int i = from; i < from + groupSize; i++) {
            smallest = Math.min(smallest, numbers[i]);
            largest = Math.max(largest, numbers[i]);
        }
        float scale = scaleFormat.rounded((largest - smallest) / ((1 << bits) - 1));
        OffsetBlock block = new OffsetBlock(this, scale, scaleFormat.rounded(smallest + middle() * scale));
        for (int i = 0; i < groupSize; i++) {
            block.choose(i, numbers, from + i);
        }
        return block;
    }
}
