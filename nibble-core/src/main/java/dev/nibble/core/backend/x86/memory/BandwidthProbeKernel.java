package dev.nibble.core.backend.x86.memory;

import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU_TO;
import static dev.nibble.core.x86.assembler.Instruction.VPOR;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.backend.x86.format.Rows;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.machine.Isa;

/**
 * Memory bandwidth probe: reads eight streams almost without arithmetic. RDI first stream, RSI 32 bytes for a result, RCX lines of 64
 * bytes, R8 stride.
 */
public record BandwidthProbeKernel(Isa isa) {
    private static final int LINE = 64;

    public void write(Assembler code) {
        Rows streams = new Rows(code);
        streams.prepare();
        code.zero(ymm(0));
        Label loop = code.here();
        for (int i = 0; i < Rows.COUNT; i++) {
            code.prefetch(streams.at(i, isa.ahead()));
        }
        for (int i = 0; i < Rows.COUNT; i++) {
            code.op(VPOR, ymm(0), ymm(0), streams.at(i, 0));
            code.op(VPOR, ymm(0), ymm(0), streams.at(i, LINE / 2));
        }
        code.add(Gpr.RDI, LINE);
        code.sub(Gpr.RCX, 1);
        code.jump(Condition.NOT_EQUAL, loop);
        code.op(VMOVDQU_TO, Mem.at(Gpr.RSI, 0), ymm(0));
    }
}
