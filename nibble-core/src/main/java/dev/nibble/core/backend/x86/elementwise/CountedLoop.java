package dev.nibble.core.backend.x86.elementwise;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;

/** Loop of RCX iterations over eight values each. */
final class CountedLoop {
    private static final int LANES = 8;

    private CountedLoop() {}

    /** Writes the end of the loop: advances the addresses, and jumps to {@code loop} until RCX is 0. */
    static void next(Assembler code, Label loop, Gpr... addresses) {
        for (Gpr address : addresses) {
            code.add(address, LANES * Float.BYTES);
        }
        code.sub(Gpr.RCX, 1);
        code.jump(Condition.NOT_EQUAL, loop);
    }
}
