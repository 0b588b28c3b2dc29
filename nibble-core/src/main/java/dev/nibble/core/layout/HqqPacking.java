package dev.nibble.core.layout;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.Set;

/**
 * HQQ's packing of a matrix of codes: the rows are split into as many parts as a cell holds codes, the first part in the highest bits. With
 * 4 bits the upper half of the rows is in the high halves of the bytes, the lower half in the low ones; with 3 bits a cell is a 32-bit word
 * of ten codes, and rows are padded to a multiple of ten.
 *
 * @param groups rows of the matrix
 * @param width  its columns
 */
record HqqPacking(int bits, int groups, int width) {
    static final Set<Integer> BITS = Set.of(1, 2, 3, 4, 8);

    private static final int PER_WORD = 10;

    String name() {
        return bits + "bit_" + (bits == 3 ? "32" : "u8");
    }

    /** Codes per byte or word. */
    int perCell() {
        return bits == 3 ? PER_WORD : 8 / bits;
    }

    int packedRows() {
        return Math.ceilDiv(groups, perCell());
    }

    private int cellBytes() {
        return bits == 3 ? Integer.BYTES : 1;
    }

    /** Bit offset of a row's codes within a cell. */
    private int shift(int group) {
        return bits * (perCell() - 1 - group / packedRows());
    }

    private long cell(int group, int column) {
        return ((long) (group % packedRows()) * width + column) * cellBytes();
    }

    void read(MemorySegment packed, int group, byte[] target, int from) {
        int mask = (1 << bits) - 1;
        for (int i = 0; i < width; i++) {
            target[from + i] = (byte) (word(packed, cell(group, i)) >>> shift(group) & mask);
        }
    }

    /** Writes into cells that are 0. */
    void write(MemorySegment packed, int group, byte[] codes, int from) {
        for (int i = 0; i < width; i++) {
            long cell = cell(group, i);
            int word = word(packed, cell) | (codes[from + i] & 0xFF) << shift(group);
            for (int b = 0; b < cellBytes(); b++) {
                packed.set(JAVA_BYTE, cell + b, (byte) (word >>> (8 * b)));
            }
        }
    }

    private int word(MemorySegment packed, long cell) {
        int word = 0;
        for (int b = 0; b < cellBytes(); b++) {
            word |= (packed.get(JAVA_BYTE, cell + b) & 0xFF) << (8 * b);
        }
        return word;
    }
}
