package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VINSERTI128;
import static dev.nibble.core.x86.assembler.Instruction.VMOVD;
import static dev.nibble.core.x86.assembler.Instruction.VMOVQ;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Instruction.VPADDB;
import static dev.nibble.core.x86.assembler.Instruction.VPADDD;
import static dev.nibble.core.x86.assembler.Instruction.VPAND;
import static dev.nibble.core.x86.assembler.Instruction.VPBROADCASTD;
import static dev.nibble.core.x86.assembler.Instruction.VPCMPEQB;
import static dev.nibble.core.x86.assembler.Instruction.VPINSRD;
import static dev.nibble.core.x86.assembler.Instruction.VPINSRQ;
import static dev.nibble.core.x86.assembler.Instruction.VPOR;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * The IQ2 and IQ3 types: grid points from a table beside the code, with signs. A code is the signed coordinate + 64.
 *
 * @param coordinate largest coordinate
 * @param points offset of the points' low 8 bits
 * @param upper offset of their upper bits
 * @param signs offset of the signs
 * @param steps offset of the steps: for IQ2_XXS and IQ3_XXS, in the same words as the signs
 * @param divisor scale = F16 · (2 · step + 1) / divisor
 * @param encoding encoding of points and signs
 */
record Lattice(LatticeCodec codec, int coordinate, int points, int upper, int signs, int steps, int divisor, Encoding encoding)
        implements
            SuperBlock {
    private static final int ZERO = 64;
    private static final Gpr GRID = Gpr.R15;
    private static final Gpr INDEX = Gpr.R13;

    /** Encoding of points and signs. */
    enum Encoding {
        /** Points of 8 bits; words of four 7-bit sign sets and a step. */
        WORDS,
        /** 16 bits per vector: a 9-bit point and 7 signs. */
        PAIRS,
        /** Low 8 bits and upper bits of points stored separately, all signs. */
        SEPARATE
    }

    /** Coordinates of a point: 8 or 4. */
    private int dimension() {
        return codec.vector();
    }

    @Override
    public boolean hasScalePer16() {
        return encoding == Encoding.PAIRS || encoding == Encoding.SEPARATE && dimension() == 8;
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
            if (table[i] > coordinate) {
                throw new IllegalStateException(
                        codec.name() + " has a coordinate of " + table[i] + ", expected " + coordinate + " at most");
            }
        }
        rows.code().lea(GRID, rows.code().constant(table));
    }

    @Override
    public int scratchBytes() {
        return switch (encoding) {
            case WORDS -> SignSets.SCRATCH_BYTES;
            case PAIRS -> SignSets.SCRATCH_BYTES + Rows.COUNT * codec.blockSize() / dimension() * Short.BYTES;
            case SEPARATE -> numbers().scratchBytes();
        };
    }

    /** Point numbers in the separate encoding: 2 upper bits in dimension 8, 1 in dimension 4. */
    private PointNumbers numbers() {
        int bits = dimension() / 4;
        return new PointNumbers(codec.blockSize() / dimension(), points, upper, Byte.SIZE / bits, 1, bits, bits);
    }

    @Override
    public void block(Rows rows) {
        Assembler code = rows.code();
        Vec factor = ymm(10);
        rows.halfFloats(factor, 0);
        code.op(VMULPS, factor, factor, rows.floats(1f / divisor));
        if (encoding == Encoding.WORDS) {
            wordSteps(rows, factor);
            SignSets.ofWords(rows, signs, wordStride());
            return;
        }
        int stepBytes = codec.blockBytes() - steps; // steps are the last bytes of a block
        Vec[] words = rows.words(codec.blockBytes() - 16);
        for (int i = 0; i < tables(); i++) {
            Vec word = words[(16 - stepBytes + i / 2) / Integer.BYTES];
            odd(rows, word, (16 - stepBytes + i / 2) % Integer.BYTES * Byte.SIZE + 4 * (i % 2), factor, i);
        }
        if (encoding == Encoding.PAIRS) {
            SignSets.ofPairs(rows, points);
            numbersOfPairs(rows);
        } else {
            numbers().write(rows);
        }
    }

    /** Stores the lower nine of every 16 bits. */
    private void numbersOfPairs(Rows rows) {
        Assembler code = rows.code();
        Vec numbers = ymm(2);
        for (int row = 0; row < Rows.COUNT; row++) {
            for (int point = 0; point < codec.blockSize() / dimension(); point += 16) {
                code.op(VMOVUPS, numbers, rows.at(row, points + point * Short.BYTES));
                code.op(VPAND, numbers, numbers, rows.ints(0x01FF_01FF));
                code.op(VMOVUPS_TO, numberOfPair(row, point), numbers);
            }
        }
    }

    private Mem numberOfPair(int row, int point) {
        return Rows.scratch(SignSets.SCRATCH_BYTES + (row * codec.blockSize() / dimension() + point) * Short.BYTES);
    }

    private int wordStride() {
        return dimension() == 8 ? 2 : 1;
    }

    private void wordSteps(Rows rows, Vec factor) {
        int stride = wordStride();
        int first = dimension() == 8 ? steps - Integer.BYTES : steps;
        for (int subBlock = 0; subBlock < subBlocks(); subBlock += 4 / stride) {
            Vec[] words = rows.words(first + subBlock * stride * Integer.BYTES);
            for (int i = 0; i < 4 / stride; i++) {
                odd(rows, words[i * stride + stride - 1], Integer.SIZE - 4, factor, subBlock + i);
            }
        }
    }

    /** Stores a table of {@code factor · (2 · step + 1)}, steps of 4 bits. */
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
    public void codes(Rows rows, int row, int subBlock, Vec target) {
        Assembler code = rows.code();
        Vec mask = Rows.temporary(0);
        points(rows, row, subBlock, target);
        signBits(rows, signs(rows, row, subBlock), mask);
        code.op(VPXOR, target, target, mask);
        code.op(VPSUBB, target, target, mask);
        code.op(VPADDB, target, target, rows.bytes(ZERO));
    }

    @Override
    public Optional<Magnitudes> magnitudes() {
        return Optional.of(new Magnitudes(coordinate, (rows, row, subBlock, magnitudes, minus) -> {
            points(rows, row, subBlock, magnitudes);
            signBits(rows, signs(rows, row, subBlock), minus);
            rows.code().op(VPOR, minus, minus, rows.constant(Rows.repeated(1)));
        }));
    }

    @Override
    public List<byte[]> constants() {
        List<byte[]> constants = new ArrayList<>(signConstants());
        constants.add(Rows.repeated(1));
        return constants;
    }

    /** Address of a sub-block's sign bits. */
    private Mem signs(Rows rows, int row, int subBlock) {
        return encoding == Encoding.SEPARATE ? rows.at(row, signs + 4 * subBlock) : SignSets.place(row, subBlock);
    }

    /** Writes the look-up of a sub-block's points. */
    private void points(Rows rows, int row, int subBlock, Vec target) {
        lookUp(rows.code(), target, Rows.temporary(1), RowFormat.SUB_BLOCK / dimension(), v -> place(rows, row, subBlock, v));
    }

    /** Writes the computation of a point's address in the grid. */
    private Mem place(Rows rows, int row, int subBlock, int vector) {
        Assembler code = rows.code();
        int point = subBlock * (RowFormat.SUB_BLOCK / dimension()) + vector;
        switch (encoding) {
            case WORDS -> code.movzx8(INDEX, rows.at(row, points + 8 * subBlock + vector));
            case PAIRS -> code.movzx16(INDEX, numberOfPair(row, point));
            case SEPARATE -> {
                numbers().load(rows, INDEX, row, point);
                return Mem.at(GRID, INDEX, dimension() / 2, 0); // the number is stored doubled
            }
        }
        return Mem.at(GRID, INDEX, dimension(), 0);
    }

    /**
     * Writes loads of vectors of 8 or 4 bytes, one after the other.
     *
     * @param upper register for the upper half
     * @param vectors 4 or 8
     * @param place writes the computation of a vector's address
     */
    static void lookUp(Assembler code, Vec target, Vec upper, int vectors, IntFunction<Mem> place) {
        int half = vectors / 2;
        for (int v = 0; v < vectors; v++) {
            insert(code, (v < half ? target : upper).as(128), place.apply(v), v % half, vectors == 4);
        }
        code.op(VINSERTI128, target, target, upper.as(128), 1);
    }

    /** Loads 8 or 4 bytes into an element of a register; element 0 clears the others. */
    private static void insert(Assembler code, Vec target, Mem source, int place, boolean eight) {
        if (place == 0) {
            code.op(eight ? VMOVQ : VMOVD, target, source);
        } else {
            code.op(eight ? VPINSRQ : VPINSRD, target, target, source, place);
        }
    }

    /** Expands 32 bits to 32 bytes of all zeros or all ones. */
    static void signBits(Rows rows, Mem bits, Vec mask) {
        Assembler code = rows.code();
        code.op(VPBROADCASTD, mask, bits);
        code.op(VPSHUFB, mask, mask, rows.constant(whichByte()));
        Vec single = rows.loaded(rows.constant(whichBit()), VMOVUPS, Rows.temporary(1));
        code.op(VPAND, mask, mask, single);
        code.op(VPCMPEQB, mask, mask, single);
    }

    /** Constants of {@link #signBits}. */
    static List<byte[]> signConstants() {
        return List.of(whichBit(), whichByte());
    }

    /** Shuffle that repeats each of four bytes eight times. */
    static byte[] whichByte() {
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
