package dev.nibble.core.codec.encode.x86;

import static dev.nibble.core.codec.SymmetricSuperBlockCodec.GROUP;
import static dev.nibble.core.codec.SymmetricSuperBlockCodec.GROUPS;
import static dev.nibble.core.codec.SymmetricSuperBlockCodec.SIZE;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.nibble.core.codec.RowEncoder;
import dev.nibble.core.codec.SymmetricScales;
import dev.nibble.core.codec.SymmetricSuperBlockCodec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.x86.machine.Kernel;
import java.lang.foreign.MemorySegment;

/**
 * Rows in Q6_K: {@link SymmetricKernel} searches the groups of a block, {@link GroupRoundingKernel} rounds them again with the rounded
 * scales; where a scale is rounded to 0, the codes of the search are kept.
 */
final class X86SymmetricRows implements RowEncoder {
    private static final long SCALES_BYTES = (long) GROUPS * Float.BYTES;

    private final SymmetricSuperBlockCodec codec;
    private final Kernel equal;
    private final Kernel weighted;
    private final Kernel rounding;
    private final Staging numbers = new Staging();
    private final MemorySegment results = new Staging().bytes(3 * SCALES_BYTES + SIZE);
    private final MemorySegment found = results.asSlice(0, SCALES_BYTES);
    private final MemorySegment factors = results.asSlice(SCALES_BYTES, SCALES_BYTES);
    private final MemorySegment rounded = results.asSlice(2 * SCALES_BYTES, SCALES_BYTES);
    private final MemorySegment stored = results.asSlice(3 * SCALES_BYTES);
    private final SymmetricScales scales = new SymmetricScales();
    private final float[] blockScales = new float[GROUPS];
    private final byte[] codes = new byte[SIZE];

    /**
     * @param equal    the search without importance
     * @param weighted the search with importance
     */
    X86SymmetricRows(SymmetricSuperBlockCodec codec, Kernel equal, Kernel weighted, Kernel rounding) {
        this.codec = codec;
        this.equal = equal;
        this.weighted = weighted;
        this.rounding = rounding;
    }

    @Override
    public void encode(float[] row, int from, int count, Importance importance, MemorySegment target, long offset) {
        long bytes = (long) count * Float.BYTES;
        MemorySegment floats = numbers.bytes(2 * bytes);
        MemorySegment.copy(row, from, floats, JAVA_FLOAT, 0, count);
        Importance ofRow = importance.ofRow(row, from, count);
        for (int i = 0; i < count && !importance.isEqual(); i++) {
            floats.setAtIndex(JAVA_FLOAT, count + i, ofRow.weight(from + i));
        }
        Kernel search = importance.isEqual() ? equal : weighted;
        for (int block = 0; block < count / SIZE; block++) {
            MemorySegment ofBlock = floats.asSlice((long) block * SIZE * Float.BYTES);
            search.call(ofBlock, found, factors, GROUPS / SymmetricKernel.LANES, bytes, 0);
            round(ofBlock, row, from + block * SIZE);
            codec.pack(codes, scales, target, offset + (long) block * codec.blockBytes());
        }
    }

    private void round(MemorySegment floats, float[] row, int from) {
        MemorySegment.copy(found, JAVA_FLOAT, 0, blockScales, 0, GROUPS);
        boolean matters = codec.round(blockScales, null, scales);
        for (int group = 0; group < GROUPS; group++) {
            blockScales[group] = scales.scale(group);
        }
        MemorySegment.copy(blockScales, 0, rounded, JAVA_FLOAT, 0, GROUPS);
        rounding.call(floats, stored, rounded, GROUPS, 0, 0);
        MemorySegment.copy(stored, JAVA_BYTE, 0, codes, 0, SIZE);
        for (int group = 0; group < GROUPS; group++) {
            if (blockScales[group] == 0) {
                keepSearched(row, from, group * GROUP, matters ? factors.getAtIndex(JAVA_FLOAT, group) : 0);
            }
        }
    }

    private void keepSearched(float[] row, int from, int group, float factor) {
        for (int i = group; i < group + GROUP; i++) {
            int code = Math.clamp(codec.nearest(row[from + i] * factor), -codec.limit(), codec.limit() - 1);
            codes[i] = (byte) (factor == 0 ? 0 : code + codec.limit());
        }
    }
}
