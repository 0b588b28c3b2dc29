package dev.nibble.core.x86.assembler;

import static dev.nibble.core.x86.assembler.Instruction.VEXTRACTF128;
import static dev.nibble.core.x86.assembler.Instruction.VPSHUFD;

/** Reduction of a register's eight lanes to one value. */
public final class Reduction {
    private Reduction() {}

    /** Reduces all eight lanes by an instruction; the result is in each of the lower four. @param other is overwritten */
    public static void across(Assembler code, Vec lanes, Instruction by, Vec other) {
        Vec narrow = lanes.as(128);
        Vec scratch = other.as(128);
        code.store(VEXTRACTF128, scratch, lanes, 1);
        code.op(by, narrow, narrow, scratch);
        code.op(VPSHUFD, scratch, narrow, 0b01_00_11_10);
        code.op(by, narrow, narrow, scratch);
        code.op(VPSHUFD, scratch, narrow, 0b10_11_00_01);
        code.op(by, narrow, narrow, scratch);
    }
}
