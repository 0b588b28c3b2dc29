package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VINSERTI128;
import static dev.nibble.core.x86.assembler.Instruction.VMOVD;
import static dev.nibble.core.x86.assembler.Instruction.VMOVQ;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Instruction.VPADDB;
import static dev.nibble.core.x86.assembler.Instruction.VPADDD;
import static dev.nibble.core.x86.assembler.Instruction.VPAND;
import static dev.nibble.core.x86.assembler.Instruction.VPBROADCASTD;
import static dev.nibble.core.x86.assembler.Instruction.VPCMPEQB;
import static dev.nibble.core.x86.assembler.Instruction.VPINSRD;
import static dev.nibble.core.x86.assembler.Instruction.VPINSRQ;
import static dev.nibble.core.x86.assembler.Instruction.VPSHUFB;
import static dev.nibble.core.x86.assembler.Instruction.VPSLLD;
import static dev.nibble.core.x86.assembler.Instruction.VPSRLD;
import static dev.nibble.core.x86.assembler.Instruction.VPSUBB;
import static dev.nibble.core.x86.assembler.Instruction.VPXOR;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.codec.LatticeCodec;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Vec;
import java.util.List;

/**
 * The IQ2 and IQ3 types: vectors are points of a grid, looked up in a table beside the code, with signs. A code is the coordinate with its
 * sign, 64 added.
 *
 * @param points   where the low 8 bits of the points are
 * @param upper    where their upper bits are
 * @param signs    where the signs are
 * @param steps    where the steps are: of IQ2_XXS and IQ3_XXS in the same words as the signs
 * @param divisor  scale = F16 · (2 · step + 1) / divisor
 * @param spelling how points and signs are written
 */
record Lattice(LatticeCodec codec, int points, int upper, int signs, int steps, int divisor, Spelling spelling) implements SuperBlock {
    private static final int ZERO = 64;
    private static final int SIGN_SETS = 128;
    private static final Gpr GRID = Gpr.R15;
    private static final Gpr SIGNS = Gpr.R14;
    /** The same register, where there are no sets of signs. */
    private static final Gpr UPPER = Gpr.R14;
    private static final Gpr INDEX = Gpr.R13;
    private static final Gpr WORD = Gpr.RBX;

    /** How points and signs are written. */
    enum Spelling {
        /** Points of 8 bits; words of four times 7 signs and a step. */
        WORDS,
        /** 16 bits for a vector: a point of 9 and 7 signs. */
        PAIRS,
        /** 8 bits for a point and upper ones elsewhere, all signs. */
        APART
    }

    /** Coordinates of a point: 8 or 4. */
    private int dimension() {
        return codec.name().startsWith("IQ2") ? 8 : 4;
    }

    @Override
    public boolean halves() {
        return spelling == Spelling.PAIRS || spelling == Spelling.APART && dimension() == 8;
    }

    @Override
    public int zero() {
        return ZERO;
    }

    @Override
    public void once(Rows rows) {
        float[] coordinates = codec.coordinates();
        byte[] table = new byte[coordinates.length];
        for (int i = 0; i < table.length; i++) {
            table[i] = (byte) coordinates[i];
        }
        rows.code().lea(GRID, rows.code().constant(table));
        if (spelling != Spelling.APART) {
            rows.code().lea(SIGNS, rows.code().constant(signMasks()));
        }
    }

    /** For 7 signs, and an eighth that makes the minuses even: eight bytes of zeros and ones. */
    private static byte[] signMasks() {
        byte[] masks = new byte[SIGN_SETS * 8];
        for (int set = 0; set < SIGN_SETS; set++) {
            int all = set | (Integer.bitCount(set) & 1) << 7;
            for (int i = 0; i < 8; i++) {
                masks[set * 8 + i] = (byte) -(all >> i & 1);
            }
        }
        return masks;
    }

    @Override
    public void block(Rows rows) {
        Assembler code = rows.code();
        Vec factor = ymm(10);
        rows.halfFloats(factor, 0);
        code.op(VMULPS, factor, factor, rows.floats(1f / divisor));
        if (spelling == Spelling.WORDS) {
            wordSteps(rows, factor);
            return;
        }
        int behind = codec.blockBytes() - steps; // steps are the last bytes, and as many as a block has left
        Vec[] words = rows.words(codec.blockBytes() - 16);
        for (int i = 0; i < tables(); i++) {
            Vec word = words[(16 - behind + i / 2) / Integer.BYTES];
            odd(rows, word, (16 - behind + i / 2) % Integer.BYTES * Byte.SIZE + 4 * (i % 2), factor, i);
        }
    }

    private void wordSteps(Rows rows, Vec factor) {
        int apart = dimension() == 8 ? 2 : 1; // words from one to the next
        int first = dimension() == 8 ? steps - Integer.BYTES : steps;
        for (int run = 0; run < runs(); run += 4 / apart) {
            Vec[] words = rows.words(first + run * apart * Integer.BYTES);
            for (int i = 0; i < 4 / apart; i++) {
                odd(rows, words[i * apart + apart - 1], Integer.SIZE - 4, factor, run + i);
            }
        }
    }

    /** A table of {@code factor · (2 · step + 1)}, steps of 4 bits. */
    private static void odd(Rows rows, Vec word, int shift, Vec factor, int number) {
        Assembler code = rows.code();
        Vec t = ymm(15);
        code.op(VPSRLD, t, word, shift);
        code.op(VPAND, t, t, rows.ints(15));
        code.op(VPSLLD, t, t, 1);
        code.op(VPADDD, t, t, rows.ints(1));
        SuperBlock.store(rows, t, 0, factor, number);
    }

    @Override
    public void codes(Rows rows, int row, int run, Vec target) {
        Assembler code = rows.code();
        Vec mask = Rows.temporary(0);
        switch (spelling) {
            case WORDS -> {
                vectors(rows, target, v -> code.movzx8(INDEX, rows.at(row, points + 8 * run + v)));
                code.mov32(WORD, rows.at(row, signs + run * (dimension() == 8 ? 8 : 4)));
                signSets(rows, mask, v -> {
                    code.mov(INDEX, WORD);
                    if (v > 0) {
                        code.shr(INDEX, 7 * v);
                    }
                    code.and(INDEX, SIGN_SETS - 1);
                });
            }
            case PAIRS -> {
                vectors(rows, target, v -> {
                    code.movzx16(INDEX, rows.at(row, points + (4 * run + v) * Short.BYTES));
                    code.and(INDEX, 511);
                });
                signSets(rows, mask, v -> {
                    code.movzx16(INDEX, rows.at(row, points + (4 * run + v) * Short.BYTES));
                    code.shr(INDEX, 9);
                });
            }
            case APART -> {
                code.movzx8(UPPER, rows.at(row, upper + run));
                vectors(rows, target, v -> apart(rows, row, run, v));
                signBits(rows, rows.at(row, signs + 4 * run), mask);
            }
        }
        code.op(VPXOR, target, target, mask);
        code.op(VPSUBB, target, target, mask);
        code.op(VPADDB, target, target, rows.bytes(ZERO));
    }

    private int pointBytes() {
        return RowFormat.RUN / dimension();
    }

    /** The low bits of a point, and its upper ones: 2 of IQ2_S, 1 of IQ3_S. */
    private void apart(Rows rows, int row, int run, int v) {
        Assembler code = rows.code();
        int bits = dimension() == 8 ? 2 : 1;
        code.mov(WORD, UPPER);
        code.shift(WORD, Byte.SIZE - bits * v);
        code.and(WORD, (1 << bits) - 1 << Byte.SIZE);
        code.movzx8(INDEX, rows.at(row, points + run * pointBytes() + v));
        code.or(INDEX, WORD);
    }

    /** What puts the number of a vector's point, or of its set of signs, into {@link #INDEX}. */
    @FunctionalInterface
    private interface Place {
        void write(int vector);
    }

    private void vectors(Rows rows, Vec target, Place place) {
        Assembler code = rows.code();
        for (int v = 0; v < pointBytes(); v++) {
            place.write(v);
            int half = pointBytes() / 2;
            Vec part = v < half ? target.as(128) : Rows.temporary(1).as(128);
            if (dimension() == 8) {
                put(code, part, Mem.at(GRID, INDEX, 8, 0), v % half, true);
            } else {
                put(code, part, Mem.at(GRID, INDEX, 4, 0), v % half, false);
            }
        }
        code.op(VINSERTI128, target, target, Rows.temporary(1).as(128), 1);
    }

    private static void signSets(Rows rows, Vec mask, Place place) {
        Assembler code = rows.code();
        for (int v = 0; v < 4; v++) {
            place.write(v);
            put(code, (v < 2 ? mask : Rows.temporary(1)).as(128), Mem.at(SIGNS, INDEX, 8, 0), v % 2, true);
        }
        code.op(VINSERTI128, mask, mask, Rows.temporary(1).as(128), 1);
    }

    /** Loads 8 or 4 bytes into a place of a register; the first place clears the others. */
    static void put(Assembler code, Vec target, Mem source, int place, boolean eight) {
        if (place == 0) {
            code.op(eight ? VMOVQ : VMOVD, target, source);
        } else {
            code.op(eight ? VPINSRQ : VPINSRD, target, target, source, place);
        }
    }

    /** 32 bits become 32 bytes of zeros or ones. */
    static void signBits(Rows rows, Mem bits, Vec mask) {
        Assembler code = rows.code();
        code.op(VPBROADCASTD, mask, bits);
        code.op(VPSHUFB, mask, mask, rows.constant(whichByte()));
        Vec single = rows.loaded(rows.constant(whichBit()), VMOVUPS, Rows.temporary(1));
        code.op(VPAND, mask, mask, single);
        code.op(VPCMPEQB, mask, mask, single);
    }

    /** What {@link #signBits} needs. */
    static List<byte[]> signConstants() {
        return List.of(whichBit(), whichByte());
    }

    private static byte[] whichByte() {
        byte[] which = new byte[32];
        for (int i = 0; i < which.length; i++) {
            which[i] = (byte) (i / 8);
        }
        return which;
    }

    private static byte[] whichBit() {
        byte[] which = new byte[32];
        for (int i = 0; i < which.length; i++) {
            which[i] = (byte) (1 << i % 8);
        }
        return which;
    }
}
