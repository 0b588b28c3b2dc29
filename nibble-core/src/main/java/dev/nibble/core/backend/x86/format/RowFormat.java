package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VINSERTI64X4;
import static dev.nibble.core.x86.assembler.Instruction.VPXOR;

import dev.nibble.core.tensor.Codec;
import dev.nibble.core.x86.assembler.Operand;
import dev.nibble.core.x86.assembler.Vec;
import java.util.List;
import java.util.Optional;

/**
 * Unpacking of a codec's rows in registers: value = scale · (code − zero) + minimum, with unsigned codes of up to 8 bits. A block has
 * {@link #subBlocks} sub-blocks of 32 values, each with one scale, or one per half.
 */
public interface RowFormat {
    /** Values per sub-block. */
    int SUB_BLOCK = 32;

    Codec codec();

    /** Sub-blocks per block. */
    default int subBlocks() {
        return codec().blockSize() / SUB_BLOCK;
    }

    /** Bytes per sub-block if equal sub-blocks follow a header, so that a loop can process them with RDI at the sub-block; otherwise 0. */
    default int subBlockBytes() {
        return 0;
    }

    /** Bytes before the first sub-block, for the loop. */
    default int headerBytes() {
        return 0;
    }

    /** Whether there is a scale per 16 values. */
    default boolean hasScalePer16() {
        return false;
    }

    /** Whether there are minimums. */
    default boolean minimums() {
        return false;
    }

    /** Zero point, subtracted from every code. */
    default int zero() {
        return 0;
    }

    /** The largest code, which limits the products with activations that fit in a 16-bit sum. */
    default int largest() {
        return zero() >= 128 ? 255 : 127;
    }

    /** Whether codes may exceed 127. */
    default boolean exceeds7Bits() {
        return largest() > 127;
    }

    /** Writes the setup of a kernel: addresses of tables, in the free registers of {@link Rows}. */
    default void once(Rows rows) {}

    /** Constants of 32 bytes used for codes, most frequent first: a kernel may keep them in registers. */
    default List<byte[]> constants() {
        return List.of();
    }

    /** Stack bytes that {@link #block} fills for {@link #codes}. */
    default int scratchBytes() {
        return 0;
    }

    /** Writes the setup of a block of the eight rows: tables of scales. */
    default void block(Rows rows) {}

    /** Writes the computation of the eight rows' scales for a half of a sub-block. @return register or address of the scales */
    Operand scale(Rows rows, int subBlock, int half);

    /** The same for minimums. */
    default Operand minimum(Rows rows, int subBlock, int half) {
        throw new IllegalStateException(codec().name() + " has no minimums");
    }

    /**
     * The same for two rows, {@code row} and the fourth after it, in the halves of a register of 512 bits. Formats whose {@link #codes}
     * handle registers of any width override this.
     */
    default void pair(Rows rows, int row, int subBlock, Vec target) {
        codes(rows, row, subBlock, target.as(256));
        codes(rows, row + Rows.COUNT / 2, subBlock, Rows.OTHER_CODES);
        rows.code().op(VINSERTI64X4, target, target, Rows.OTHER_CODES, 1);
    }

    /** Writes code that loads the 32 codes of a row's sub-block into {@code target}; may change {@link Rows#temporary}. */
    void codes(Rows rows, int row, int subBlock, Vec target);

    /** The same with the zero subtracted, as signed bytes: for 8-bit codes, in registers of 256 bits. */
    default void signed(Rows rows, int row, int subBlock, Vec target) {
        codes(rows, row, subBlock, target);
        rows.code().op(VPXOR, target, target, rows.bytes(zero()));
    }

    /** Codes as magnitudes and signs; empty if signs are not stored separately. */
    default Optional<Magnitudes> magnitudes() {
        return Optional.empty();
    }

    /** Codes of a sub-block as nibbles of 16 bytes, if so stored; for 8-bit codes, with the zero subtracted. */
    default Optional<NibbleCodes> nibbles(int subBlock) {
        return Optional.empty();
    }
}
