package dev.nibble.core.backend.x86.matmul;

import static dev.nibble.core.x86.assembler.Instruction.VCVTNE2PS2BF16;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Vec.zmm;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;

/**
 * Converts a token's activations to BF16, rounding half to even, into its line of the {@linkplain AmxTiles tiles} of activations.
 *
 * <pre>
 *   RDI  floats                  RCX  tiles
 *   RSI  line of the first tile
 * </pre>
 */
final class Bf16ConvertKernel {
    private Bf16ConvertKernel() {}

    static void write(Assembler code) {
        Label loop = code.here();
        code.op(VMOVUPS, zmm(0), Mem.at(Gpr.RDI, AmxTiles.LINE));
        code.op(VCVTNE2PS2BF16, zmm(0), zmm(0), Mem.at(Gpr.RDI, 0));
        code.op(VMOVUPS_TO, Mem.at(Gpr.RSI, 0), zmm(0));
        code.add(Gpr.RDI, AmxTiles.COLUMNS * Float.BYTES);
        code.add(Gpr.RSI, AmxTiles.BYTES);
        code.sub(Gpr.RCX, 1);
        code.jump(Condition.NOT_EQUAL, loop);
    }
}
