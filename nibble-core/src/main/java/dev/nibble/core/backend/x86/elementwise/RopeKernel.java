package dev.nibble.core.backend.x86.elementwise;

import static dev.nibble.core.x86.assembler.Instruction.VADDPS;
import static dev.nibble.core.x86.assembler.Instruction.VADDSUBPS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Instruction.VPERMPS;
import static dev.nibble.core.x86.assembler.Instruction.VPSHUFD;
import static dev.nibble.core.x86.assembler.Instruction.VSUBPS;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Constants;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;

/**
 * Applies rotary position embedding to every head, with the same angles: {@code (a, b) ← (a · cos − b · sin, a · sin + b · cos)}, each
 * product rounded to float.
 *
 * <pre>
 *   RDI  the first head          RCX  heads
 *   RSI  cosines, then sines     R8   bytes from one head to the next
 * </pre>
 *
 * @param interleaved whether pairs are adjacent; else value i is paired with value i + pairs
 */
public record RopeKernel(int pairs, boolean interleaved) {
    private static final int LANES = 8;
    private static final int SWAPPED = 0b10_11_00_01;

    /** Whether the kernel supports this number of pairs. */
    public static boolean supports(int pairs) {
        return pairs > 0 && pairs % LANES == 0 && pairs <= 1024;
    }

    void write(Assembler code) {
        if (interleaved) {
            code.op(VMOVUPS, ymm(7), Constants.ints(code, 0, 0, 1, 1, 2, 2, 3, 3));
        }
        Label head = code.here();
        int lanes = interleaved ? LANES / 2 : LANES;
        for (int pair = 0; pair < pairs; pair += lanes) {
            if (interleaved) {
                interleaved(code, pair);
            } else {
                halves(code, pair);
            }
        }
        code.add(Gpr.RDI, Gpr.R8);
        code.sub(Gpr.RCX, 1);
        code.jump(Condition.NOT_EQUAL, head);
    }

    private Mem cosines(int pair) {
        return Mem.at(Gpr.RSI, pair * Float.BYTES);
    }

    private Mem sines(int pair) {
        return Mem.at(Gpr.RSI, (pairs + pair) * Float.BYTES);
    }

    private void halves(Assembler code, int pair) {
        Mem first = Mem.at(Gpr.RDI, pair * Float.BYTES);
        Mem second = first.plus(pairs * Float.BYTES);
        code.op(VMOVUPS, ymm(0), first);
        code.op(VMOVUPS, ymm(1), second);
        code.op(VMULPS, ymm(2), ymm(0), cosines(pair));
        code.op(VMULPS, ymm(3), ymm(1), sines(pair));
        code.op(VSUBPS, ymm(2), ymm(2), ymm(3));
        code.op(VMULPS, ymm(0), ymm(0), sines(pair));
        code.op(VMULPS, ymm(1), ymm(1), cosines(pair));
        code.op(VADDPS, ymm(0), ymm(0), ymm(1));
        code.op(VMOVUPS_TO, first, ymm(2));
        code.op(VMOVUPS_TO, second, ymm(0));
    }

    /** Rotates four pairs, with each angle's cosine and sine duplicated. */
    private void interleaved(Assembler code, int pair) {
        Mem values = Mem.at(Gpr.RDI, 2 * pair * Float.BYTES);
        code.op(VMOVUPS, ymm(2).as(128), cosines(pair));
        code.op(VPERMPS, ymm(2), ymm(7), ymm(2));
        code.op(VMOVUPS, ymm(3).as(128), sines(pair));
        code.op(VPERMPS, ymm(3), ymm(7), ymm(3));
        code.op(VMOVUPS, ymm(0), values);
        code.op(VPSHUFD, ymm(1), ymm(0), SWAPPED);
        code.op(VMULPS, ymm(0), ymm(0), ymm(2));
        code.op(VMULPS, ymm(1), ymm(1), ymm(3));
        code.op(VADDSUBPS, ymm(0), ymm(0), ymm(1));
        code.op(VMOVUPS_TO, values, ymm(0));
    }
}
