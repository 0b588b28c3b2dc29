package dev.nibble.core.conversion;

import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.GroupAffine.Zero;
import dev.nibble.core.codec.MXFP4;
import dev.nibble.core.codec.MinimumBlocks;
import dev.nibble.core.codec.NVFP4;
import dev.nibble.core.codec.ScaleOnlyCodec;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * A weight of a GGUF type in a codec of directory layouts, with the same values; the inverse of {@link ExactSource}. Codes become unsigned;
 * scales are unchanged, negative ones included. Every row is decoded again and compared bit by bit.
 *
 * @param source with rows copied from the file
 * @param target one of {@link #forms}
 */
public record ExactWeight(TensorSource source, Codec target) {
    private static final List<Integer> WIDTHS = List.of(2, 4, 8); // supported by most layouts

    /** The codecs that hold all values of such weights, narrowest first; empty if there are none. */
    public static List<Codec> forms(Codec type) {
        return switch (type) {
            case ScaleOnlyCodec multiples -> WIDTHS.stream()
                    .filter(bits -> -(1 << bits - 1) <= multiples.smallest() && multiples.largest() < 1 << bits - 1)
                    .flatMap(bits -> Stream.of(Zero.NONE, Zero.FLOAT).<Codec>map(zero -> GroupAffine.of(bits, type.blockSize(), zero)))
                    .toList();
            case MinimumBlocks blocks -> WIDTHS.stream().filter(bits -> blocks.largestCode() < 1 << bits)
                    .flatMap(bits -> Stream.of(Zero.INTEGER, Zero.FLOAT).<Codec>map(zero -> GroupAffine.of(bits, type.blockSize(), zero)))
                    .toList();
            case MXFP4 mx -> List.of(mx);
            case NVFP4 nv -> List.of(nv);
            default -> List.of();
        };
    }

    /**
     * Reads its codes and scales.
     *
     * @throws UnsupportedException naming the first row whose values would change, and why
     */
    public Weight read(Arena arena) {
        TensorInfo info = source.info();
        int columns = Math.toIntExact(info.shape().columns());
        MemorySegment data = arena.allocate(target.bytes(info.shape().count()), Long.BYTES);
        Tensor values = new Tensor(target, info.shape(), data);
        for (long row = 0; row < values.rows(); row++) {
            MemorySegment stored = source.rawRow(row).orElseThrow(() -> refused("its rows are only readable decoded"));
            check(row, stored);
            MemorySegment moved = data.asSlice(row * values.rowBytes(), values.rowBytes());
            if (target instanceof GroupAffine groups) {
                move(row, stored, groups, moved, columns);
            } else {
                moved.copyFrom(stored);
            }
            compare(row, stored, moved, columns);
        }
        return Weight.of(values);
    }

    private void check(long row, MemorySegment stored) {
        Codec type = source.info().codec();
        for (long block = 0; block < stored.byteSize(); block += type.blockBytes()) {
            if (!type.scalesFinite(stored, block)) {
                throw refused("row " + row + " has a scale that is not finite");
            }
        }
    }

    private void move(long row, MemorySegment stored, GroupAffine groups, MemorySegment moved, int columns) {
        byte[] codes = new byte[groups.groupSize()];
        long at = 0;
        long to = 0;
        for (int column = 0; column < columns; column += codes.length) {
            int zero = codes(row, column, stored, at, groups, codes);
            groups.write(moved, to, scale(stored, at), zero, codes, 0);
            at += source.info().codec().blockBytes();
            to += groups.blockBytes();
        }
    }

    private float scale(MemorySegment stored, long at) {
        return source.info().codec() instanceof ScaleOnlyCodec multiples
                ? multiples.scale(stored, at)
                : ((MinimumBlocks) source.info().codec()).scale(stored, at);
    }

    /** The codes of a block. @return the code of zero */
    private int codes(long row, int column, MemorySegment stored, long at, GroupAffine groups, byte[] codes) {
        if (source.info().codec() instanceof MinimumBlocks blocks) {
            blocks.codes(stored, at, codes);
            OptionalInt zero = blocks.zeroPoint(stored, at);
            return zero.orElseThrow(() -> refused("row " + row + ", columns " + column + " to " + (column + codes.length - 1)
                    + ": their minimum is not a whole number of steps from 0 to " + blocks.largestCode()
                    + " below zero, so no code represents it"));
        }
        ((ScaleOnlyCodec) source.info().codec()).integers(stored, at, codes);
        for (int i = 0; i < codes.length; i++) {
            codes[i] += (byte) groups.middle();
            if ((codes[i] & 0xFF) > groups.largestCode()) {
                throw refused("row " + row + ", column " + (column + i) + " is " + (codes[i] - groups.middle())
                        + " times its scale, which no encoder writes");
            }
        }
        return groups.middle();
    }

    private void compare(long row, MemorySegment stored, MemorySegment moved, int columns) {
        float[] before = new float[columns];
        float[] after = new float[columns];
        source.info().codec().decode(stored, 0, before, 0, columns);
        target.decode(moved, 0, after, 0, columns);
        for (int i = 0; i < columns; i++) {
            if (Float.floatToRawIntBits(before[i]) != Float.floatToRawIntBits(after[i])) {
                throw refused("row " + row + ", column " + i + " would become " + after[i] + " instead of " + before[i]);
            }
        }
    }

    private UnsupportedException refused(String reason) {
        return new UnsupportedException("tensor " + source.info().name() + " (" + source.info().codec().name() + ") has no exact form as "
                + target.name() + ": " + reason);
    }

    /** Number of blocks with a negative scale: in Q4_0, those whose largest magnitude is positive, since it becomes −8 times the scale. */
    public static long negativeScales(Codec codec, MemorySegment blocks) {
        if (!(codec instanceof GroupAffine groups)) {
            return 0;
        }
        long negative = 0;
        for (long at = 0; at < blocks.byteSize(); at += groups.blockBytes()) {
            negative += groups.scale(blocks, at) < 0 ? 1 : 0;
        }
        return negative;
    }
}
