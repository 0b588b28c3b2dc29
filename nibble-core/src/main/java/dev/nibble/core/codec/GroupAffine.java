package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Integer codes under a scale per group, the format of GPTQ, AWQ, HQQ and compressed-tensors: a family of codecs, one for every choice of
 * bits, group, zero point and scale format. Codecs with equal parts are equal.
 *
 * <pre>
 *   scale                        F16, BF16 or F32
 *   zero point                   none; one byte; or a number in the scale's format
 *   codes                        ceil(group × bits / 8) bytes, unsigned, in the order of {@link GroupCodes}
 *   number = (code − zero) × scale, in float; without a stored zero point it is 2^(bits − 1)
 * </pre>
 *
 * Named {@code INT4-G128} (symmetric), {@code UINT4-G128-Z} (integer zero point), {@code UINT4-G64-ZF} (fractional zero point), with the
 * suffix {@code -BF16} or {@code -F32} if the scale is not F16.
 *
 * @param bits      per code, 1 to 8
 * @param groupSize numbers under one scale, at least 1; may be a whole row
 */
public record GroupAffine(int bits, int groupSize, Zero zero, ScaleFormat scaleFormat) implements GroupCodec {
    private static final Pattern NAME = Pattern.compile("(U?)INT([1-8])-G([1-9]\\d{0,7})(-ZF|-Z|)(?:-(BF16|F32))?");
    /** The bound of zero points: a group far from zero, or of equal numbers, needs one that an F16 can hold. */
    private static final int FARTHEST_ZERO = 1 << 15;

    /** The position of zero in the range of codes. */
    public enum Zero {
        /** Zero in the middle, at 2^(bits − 1). */
        NONE(""),
        /** A zero point that is an integer from 0 to 255. */
        INTEGER("-Z"),
        /** A fractional zero point, as in HQQ. */
        FLOAT("-ZF");

        private final String suffix;

        Zero(String suffix) {
            this.suffix = suffix;
        }
    }

    public GroupAffine {
        if (bits < 1 || bits > 8 || groupSize < 1 || groupSize > GroupCodec.LARGEST_GROUP) {
            throw new IllegalArgumentException("groups of " + groupSize + " codes of " + bits + " bits");
        }
    }

    /** The codec with F16 scales. */
    public static GroupAffine of(int bits, int groupSize, Zero zero) {
        return new GroupAffine(bits, groupSize, zero, ScaleFormat.F16);
    }

    /** The codec of this name; empty if the name is none of this family. */
    public static Optional<GroupAffine> named(String name) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches() || matcher.group(1).isEmpty() != matcher.group(4).isEmpty()
                || Integer.parseInt(matcher.group(3)) > GroupCodec.LARGEST_GROUP) {
            return Optional.empty();
        }
        Zero zero = switch (matcher.group(4)) {
            case "-Z" -> Zero.INTEGER;
            case "-ZF" -> Zero.FLOAT;
            default -> Zero.NONE;
        };
        ScaleFormat format = matcher.group(5) == null ? ScaleFormat.F16 : ScaleFormat.valueOf(matcher.group(5));
        return Optional.of(new GroupAffine(Integer.parseInt(matcher.group(2)), Integer.parseInt(matcher.group(3)), zero, format));
    }

    @Override
    public String name() {
        return (zero == Zero.NONE ? "" : "U") + "INT" + bits + "-G" + groupSize + zero.suffix
                + (scaleFormat == ScaleFormat.F16 ? "" : "-" + scaleFormat);
    }

    @Override
    public String purpose() {
        return bits + "-bit integers in groups of " + groupSize + ", as GPTQ, AWQ and HQQ store them";
    }

    /** The code in the middle, which is zero where no zero point is stored. */
    public int middle() {
        return 1 << (bits - 1);
    }

    public int largestCode() {
        return (1 << bits) - 1;
    }

    /** Byte of a block where its zero point is, if it has one. */
    public int zeroAt() {
        return scaleFormat.bytes();
    }

    @Override
    public int codesAt() {
        return scaleFormat.bytes() + switch (zero) {
            case NONE -> 0;
            case INTEGER -> 1;
            case FLOAT -> scaleFormat.bytes();
        };
    }

    @Override
    public boolean hasZeroPoints() {
        return zero != Zero.NONE;
    }

    @Override
    public boolean multipliesIntegers() {
        return zero != Zero.FLOAT;
    }

    @Override
    public boolean fitsWholeRange() {
        return true;
    }

    @Override
    public double roundingError() {
        return 1.0 / largestCode() + 4 * scaleFormat.roundingError(); // half a step of up to 2/largestCode; scale and zero are rounded
    }

    @Override
    public boolean scalesFinite(MemorySegment source, long offset) {
        return Float.isFinite(scaleFormat.read(source, offset))
                && (zero != Zero.FLOAT || Float.isFinite(scaleFormat.read(source, offset + zeroAt())));
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int from, int count) {
        byte[] bytes = StoredBytes.of(source, offset, bytes(count));
        byte[] codes = new byte[groupSize];
        long at = offset;
        for (int block = from; block < from + count; block += groupSize) {
            float scale = scaleFormat.read(source, at);
            float zeroPoint = zeroPoint(source, at);
            GroupCodes.read(bytes, (int) (at - offset) + codesAt(), bits, codes, 0, groupSize);
            for (int i = 0; i < groupSize; i++) {
                target[block + i] = ((codes[i] & 0xFF) - zeroPoint) * scale;
            }
            at += blockBytes();
        }
    }

    @Override
    public float number(MemorySegment source, long offset, int index) {
        return (GroupCodes.one(source, offset + codesAt(), bits, groupSize, index) - zeroPoint(source, offset)) * scale(source, offset);
    }

    @Override
    public GroupAffine withGroup(int size) {
        return new GroupAffine(bits, size, zero, scaleFormat);
    }

    @Override
    public float scale(MemorySegment source, long offset) {
        return scaleFormat.read(source, offset);
    }

    @Override
    public float zeroPoint(MemorySegment source, long offset) {
        return switch (zero) {
            case NONE -> middle();
            case INTEGER -> source.get(JAVA_BYTE, offset + zeroAt()) & 0xFF;
            case FLOAT -> scaleFormat.read(source, offset + zeroAt());
        };
    }

    @Override
    public void write(MemorySegment target, long offset, float scale, float zeroPoint, byte[] codes, int from) {
        scaleFormat.write(target, offset, scale);
        switch (zero) {
            case NONE -> {
            }
            case INTEGER -> target.set(JAVA_BYTE, offset + zeroAt(), (byte) (int) zeroPoint);
            case FLOAT -> scaleFormat.write(target, offset + zeroAt(), zeroPoint);
        }
        writeCodes(target, offset, codes, from);
    }

    /** The block at {@code offset}, with codes that may be changed. */
    public GroupAffineBlock open(MemorySegment source, long offset) {
        GroupAffineBlock block = new GroupAffineBlock(this, scale(source, offset), zeroPoint(source, offset));
        codes(source, offset, block.codes(), 0);
        return block;
    }

    /**
     * A block with a given grid; every code is 0.
     *
     * @param zeroPoint rounded to what the codec can store; ignored if it stores none
     */
    public GroupAffineBlock grid(float scale, float zeroPoint) {
        float rounded = switch (zero) {
            case NONE -> middle();
            case INTEGER -> (float) Math.clamp(Math.rint(zeroPoint), 0, 255);
            case FLOAT -> scaleFormat.rounded(zeroPoint);
        };
        return new GroupAffineBlock(this, scaleFormat.rounded(scale), rounded);
    }

    /**
     * The grid from the smallest to the largest number, as in GPTQ's {@code find_params}: symmetric, a step of {@code 2 × largest magnitude /
     * (2^bits − 1)}; with an integer zero point, a range that includes 0. Importance does not change it.
     */
    @Override
    public Block fit(float[] numbers, int from, Importance importance) {
        float smallest = numbers[from];
        float largest = numbers[from];
        for (int i = from; i < from + groupSize; i++) {
            smallest = Math.min(smallest, numbers[i]);
            largest = Math.max(largest, numbers[i]);
        }
        GroupAffineBlock block = fitted(smallest, largest);
        for (int i = 0; i < groupSize; i++) {
            block.choose(i, numbers, from + i);
        }
        return block;
    }

    /** The default grid for numbers between two bounds. */
    private GroupAffineBlock fitted(float smallest, float largest) {
        float magnitude = Math.max(Math.abs(smallest), Math.abs(largest));
        return switch (zero) {
            case NONE -> grid(2 * magnitude / largestCode(), 0);
            case INTEGER -> {
                float low = Math.min(smallest, 0);
                float scale = scaleFormat.rounded((Math.max(largest, 0) - low) / largestCode());
                yield grid(scale, scale == 0 ? 0 : Math.clamp(-low / scale, 0, largestCode()));
            }
            case FLOAT -> {
                float step = Math.max((largest - smallest) / largestCode(), magnitude / FARTHEST_ZERO);
                float scale = scaleFormat.rounded(step);
                yield grid(scale, scale == 0 ? 0 : -smallest / scale);
            }
        };
    }
}
