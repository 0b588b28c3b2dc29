package dev.nibble.core.codec;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Codes that are indices of levels in a table, under one F32 scale per group: bitsandbytes (NF4, FP4, LLM.int8()) and FP8 with scales. A
 * family of codecs, one for every table and group; codecs with equal parts are equal. Importance does not change them.
 *
 * <pre>
 *   byte 0..3   scale, F32
 *   byte 4..    codes, in the order of {@link GroupCodes}
 *   number = level × scale × unit, in float; the unit is 1/127 for INT8, else 1
 * </pre>
 *
 * Named {@code NF4-B64}: table and group.
 *
 * @param groupSize numbers under one scale; may be a whole row
 */
public record ScaledLevels(LevelTable levels, int groupSize) implements GroupCodec {
    private static final ScaleFormat SCALE = ScaleFormat.F32;

    public ScaledLevels {
        if (groupSize < 1 || groupSize > GroupCodec.LARGEST_GROUP) {
            throw new IllegalArgumentException("groups of " + groupSize);
        }
    }

    /** The codec of this name; empty if the name is none of this family. */
    public static Optional<ScaledLevels> named(String name) {
        return LevelTable.ALL.stream().filter(levels -> name.matches(levels + "-B[1-9]\\d{0,6}"))
                .map(levels -> new ScaledLevels(levels, Integer.parseInt(name.substring(levels.name().length() + 2)))).findFirst();
    }

    @Override
    public String name() {
        return levels + "-B" + groupSize;
    }

    @Override
    public String purpose() {
        return levels.purpose();
    }

    @Override
    public int codesAt() {
        return SCALE.bytes();
    }

    @Override
    public boolean multipliesIntegers() {
        return levels == LevelTable.INT8;
    }

    @Override
    public Optional<Codec> withSharedScales(float[] largest, int columns) {
        float[] scales = new float[largest.length];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = levels.scale(largest[i]);
        }
        return Optional.of(new PresetScales(this, scales, columns));
    }

    @Override
    public double roundingError() {
        return levels.roundingError() + 1e-6; // float arithmetic
    }

    @Override
    public boolean scalesFinite(MemorySegment source, long offset) {
        return Float.isFinite(SCALE.read(source, offset));
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int from, int count) {
        byte[] bytes = StoredBytes.of(source, offset, bytes(count));
        byte[] codes = new byte[groupSize];
        int at = 0;
        for (int block = from; block < from + count; block += groupSize) {
            float scale = SCALE.read(source, offset + at);
            GroupCodes.read(bytes, at + codesAt(), levels.bits(), codes, 0, groupSize);
            for (int i = 0; i < groupSize; i++) {
                target[block + i] = levels.level(codes[i] & 0xFF) * scale * levels.unit();
            }
            at += blockBytes();
        }
    }

    @Override
    public float number(MemorySegment source, long offset, int index) {
        int code = GroupCodes.one(source, offset + codesAt(), levels.bits(), groupSize, index);
        return levels.level(code) * scale(source, offset) * levels.unit();
    }

    @Override
    public int bits() {
        return levels.bits();
    }

    @Override
    public ScaledLevels withGroup(int size) {
        return new ScaledLevels(levels, size);
    }

    @Override
    public float scale(MemorySegment source, long offset) {
        return SCALE.read(source, offset);
    }

    @Override
    public float zeroPoint(MemorySegment source, long offset) {
        return 0;
    }

    @Override
    public void write(MemorySegment target, long offset, float scale, float zeroPoint, byte[] codes, int from) {
        SCALE.write(target, offset, scale);
        writeCodes(target, offset, codes, from);
    }

    /** The scale at which the largest level is {@code magnitude}. */
    public float scaleFor(float magnitude) {
        return levels.scale(magnitude);
    }

    /** A block with a given scale; every code is 0. */
    public ScaledLevelsBlock under(float scale) {
        return new ScaledLevelsBlock(this, scale);
    }

    @Override
    public Block fit(float[] numbers, int from, Importance importance) {
        ScaledLevelsBlock block = under(scaleFor(Math.abs(ScaledBlock.extreme(numbers, from, groupSize))));
        for (int i = 0; i < groupSize; i++) {
            block.choose(i, numbers, from + i);
        }
        return block;
    }
}
