package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VINSERTI64X4;
import static dev.nibble.core.x86.assembler.Instruction.VPXOR;

import dev.nibble.core.tensor.Codec;
import dev.nibble.core.x86.assembler.Operand;
import dev.nibble.core.x86.assembler.Vec;
import java.util.List;
import java.util.Optional;

/**
 * How rows of a codec are taken apart in registers: number = scale · (code − zero) + minimum, with unsigned codes of up to 8 bits. The
 * numbers of a block are {@link #subBlocks} runs of 32; a run has one scale, or one for each half.
 */
public interface RowFormat {
    /** Numbers in a run. */
    int SUB_BLOCK = 32;

    Codec codec();

    /** Runs in a block. */
    default int subBlocks() {
        return codec().blockSize() / SUB_BLOCK;
    }

    /**
     * Bytes of a run, where runs lie behind a header one like the other, so that they can be gone through in a loop, RDI pointing to the run's
     * bytes; 0 where not.
     */
    default int runBytes() {
        return 0;
    }

    /** Bytes before the first run, where there is a loop. */
    default int headerBytes() {
        return 0;
    }

    /** Whether every 16 numbers have a scale of their own. */
    default boolean hasScalePer16() {
        return false;
    }

    /** Whether there are minimums. */
    default boolean minimums() {
        return false;
    }

    /** What is taken off every code. */
    default int zero() {
        return 0;
    }

    /** The largest code there is: it says how many products with activations can be summed in 16 bits. */
    default int largest() {
        return zero() >= 128 ? 255 : 127;
    }

    /** Whether codes may be above 127. */
    default boolean exceeds7Bits() {
        return largest() > 127;
    }

    /** Writes what is needed once: addresses of tables, in the registers of {@link Rows} that are free. */
    default void once(Rows rows) {}

    /** Constants of 32 bytes that codes are made with, those that are needed most first: a kernel may keep them in registers. */
    default List<byte[]> constants() {
        return List.of();
    }

    /** Bytes on the stack that {@link #block} leaves something in for {@link #codes}. */
    default int scratchBytes() {
        return 0;
    }

    /** Writes what is needed once per block of the eight rows: tables of scales. */
    default void block(Rows rows) {}

    /** Writes what finds the scales of a run's half, one for each of the eight rows. @return where they are */
    Operand scale(Rows rows, int subBlock, int half);

    /** The same for minimums. */
    default Operand minimum(Rows rows, int subBlock, int half) {
        throw new IllegalStateException(codec().name() + " has no minimums");
    }

    /**
     * The same for two rows, {@code row} and the fourth after it, in the halves of a register of 512 bits. Formats whose {@link #codes} are
     * written for registers of any width say so here.
     */
    default void pair(Rows rows, int row, int subBlock, Vec target) {
        codes(rows, row, subBlock, target.as(256));
        codes(rows, row + Rows.COUNT / 2, subBlock, Rows.OTHER_CODES);
        rows.code().op(VINSERTI64X4, target, target, Rows.OTHER_CODES, 1);
    }

    /** Writes what puts the 32 codes of a run of one row into {@code target}; may change {@link Rows#temporary}. */
    void codes(Rows rows, int row, int subBlock, Vec target);

    /** The same with the zero taken off, as signed bytes: of wide codes, in registers of 256 bits. */
    default void signed(Rows rows, int row, int subBlock, Vec target) {
        codes(rows, row, subBlock, target);
        rows.code().op(VPXOR, target, target, rows.bytes(zero()));
    }

    /** How codes are written without their signs; empty where they have none of their own. */
    default Optional<Magnitudes> magnitudes() {
        return Optional.empty();
    }

    /** Codes of a run that are in 16 bytes, two in each; of wide codes, with the zero taken off. */
    default Optional<NibbleCodes> nibbles(int subBlock) {
        return Optional.empty();
    }
}
