package dev.nibble.core.conversion;

import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.GroupAffine.Zero;
import dev.nibble.core.codec.Q4_0;
import dev.nibble.core.codec.Q5_0;
import dev.nibble.core.codec.Q8_0;
import dev.nibble.core.codec.ScaledIntegerCodec;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.error.UnsupportedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * A weight of integer codes in a type of GGUF with the same values: the smallest type that holds all codes minus their zero points as
 * signed integers. Q4_0 holds 4 bits without zero points, Q5_0 with them, Q8_0 holds 8 bits. Every row is decoded again and compared bit by
 * bit.
 *
 * @param target codec of {@link #info}
 */
record ExactSource(TensorSource source, GroupAffine codec, ScaledIntegerCodec target) implements TensorSource {
    private static final List<ScaledIntegerCodec> TARGETS = List.of(Q4_0.Q4_0, Q5_0.Q5_0, Q8_0.Q8_0); // the smallest first

    /** The tensor itself if GGUF has its type. */
    static TensorSource of(TensorSource source) {
        TensorInfo info = source.info();
        if (source.isTransformed()) {
            throw refused(info, "its inputs are reordered or scaled (act-order, a global scale), which GGUF cannot store");
        }
        if (info.codec().ggufType().isPresent()) {
            return source;
        }
        if (!(info.codec() instanceof GroupAffine codec) || codec.zero() == Zero.FLOAT) {
            throw refused(info, "its levels are not multiples of a scale");
        }
        int smallest = codec.zero() == Zero.NONE ? -codec.middle() : -codec.largestCode();
        int largest = codec.zero() == Zero.NONE ? codec.middle() - 1 : codec.largestCode();
        ScaledIntegerCodec target = TARGETS.stream().filter(type -> type.smallest() <= smallest && largest <= type.largest()).findFirst()
                .orElseThrow(() -> refused(info, "integers from " + smallest + " to " + largest + " fit into no type"));
        if (codec.groupSize() % target.blockSize() != 0) {
            throw refused(info, "groups of " + codec.groupSize() + " are not whole blocks of " + target.blockSize());
        }
        return new ExactSource(source, codec, target);
    }

    private static UnsupportedException refused(TensorInfo info, String reason) {
        return new UnsupportedException("tensor " + info.name() + " (" + info.codec().name() + ") has no exact form in GGUF: " + reason);
    }

    @Override
    public TensorInfo info() {
        return new TensorInfo(source.info().name(), target, source.info().shape());
    }

    @Override
    public void read(long firstRow, int rows, float[] values, int from) {
        source.read(firstRow, rows, values, from);
    }

    @Override
    public Optional<MemorySegment> rawRow(long row) {
        MemorySegment stored = source.rawRow(row).orElseThrow(() -> refused(source.info(), "its rows are only readable decoded"));
        int columns = Math.toIntExact(source.info().shape().columns());
        MemorySegment moved = Arena.ofAuto().allocate(target.bytes(columns));
        byte[] codes = new byte[codec.groupSize()];
        byte[] integers = new byte[target.blockSize()];
        for (int column = 0; column < columns; column += integers.length) {
            long group = (long) (column / codec.groupSize()) * codec.blockBytes();
            if (column % codec.groupSize() == 0) {
                codec.codes(stored, group, codes, 0);
            }
            int zero = (int) codec.zeroPoint(stored, group);
            for (int i = 0; i < integers.length; i++) {
                integers[i] = (byte) ((codes[column % codec.groupSize() + i] & 0xFF) - zero);
            }
            short scale = Float.floatToFloat16(codec.scale(stored, group));
            target.write(scale, integers, moved, target.bytes(column));
        }
        compare(row, stored, moved, columns);
        return Optional.of(moved);
    }

    private void compare(long row, MemorySegment stored, MemorySegment moved, int columns) {
        float[] before = new float[columns];
        float[] after = new float[columns];
        codec.decode(stored, 0, before, 0, columns);
        target.decode(moved, 0, after, 0, columns);
        for (int i = 0; i < columns; i++) {
            if (Float.floatToRawIntBits(before[i]) != Float.floatToRawIntBits(after[i])) {
                throw refused(source.info(), "row " + row + ", column " + i + " would become " + after[i] + " instead of " + before[i]
                        + (target.scalesFinite(moved, 0) ? "; its scale is not an F16" : ""));
            }
        }
    }

    @Override
    public Optional<Tensor> raw() {
        return Optional.empty();
    }
}
