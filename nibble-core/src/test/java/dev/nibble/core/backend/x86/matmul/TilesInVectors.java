package dev.nibble.core.backend.x86.matmul;

import static dev.nibble.core.x86.assembler.Instruction.VFMADD231PS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VPAND;
import static dev.nibble.core.x86.assembler.Instruction.VPBROADCASTD;
import static dev.nibble.core.x86.assembler.Instruction.VPSLLD;
import static dev.nibble.core.x86.assembler.Vec.zmm;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Constants;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Instruction;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;

/** Slow stand-in for {@link AmxKernel} without tiles, to test the code around it on any processor. */
record TilesInVectors(int panels) {
    private static final int PAIRS = 16;
    private static final int HIGH = 0xFFFF_0000;

    void write(Assembler code) {
        code.mov(Gpr.RBX, Gpr.RCX);
        code.shl(Gpr.RBX, 10);
        code.op(VPBROADCASTD, zmm(31), Constants.repeated(code, HIGH));
        Label tiles = code.here();
        for (int token = 0; token < AmxTiles.ROWS; token++) {
            token(code, token);
            code.add(Gpr.RDX, Gpr.R8);
        }
        code.add(Gpr.RSI, Gpr.RBX);
        code.sub(Gpr.R9, 1);
        code.jump(Condition.NOT_EQUAL, tiles);
    }

    private void token(Assembler code, int token) {
        for (int panel = 0; panel < panels; panel++) {
            code.zero(zmm(panel));
        }
        code.mov(Gpr.R10, Gpr.RSI);
        code.mov(Gpr.RAX, Gpr.RDI);
        code.lea(Gpr.R12, Mem.at(Gpr.RDI, Gpr.RBX, 1, 0));
        code.mov(Gpr.R13, Gpr.RCX);
        Label loop = code.here();
        for (int pair = 0; pair < PAIRS; pair++) {
            code.op(VPBROADCASTD, zmm(8), Mem.at(Gpr.R10, token * AmxTiles.LINE + pair * Integer.BYTES));
            code.op(VPSLLD, zmm(9), zmm(8), Short.SIZE);
            code.op(VPAND, zmm(8), zmm(8), zmm(31));
            for (int panel = 0; panel < panels; panel++) {
                code.op(Instruction.VMOVUPS, zmm(10), Mem.at(panel == 0 ? Gpr.RAX : Gpr.R12, pair * AmxTiles.LINE));
                code.op(VPSLLD, zmm(11), zmm(10), Short.SIZE);
                code.op(VPAND, zmm(10), zmm(10), zmm(31));
                code.op(VFMADD231PS, zmm(panel), zmm(9), zmm(11));
                code.op(VFMADD231PS, zmm(panel), zmm(8), zmm(10));
            }
        }
        for (Gpr address : new Gpr[]{Gpr.R10, Gpr.RAX, Gpr.R12}) {
            code.add(address, AmxTiles.BYTES);
        }
        code.sub(Gpr.R13, 1);
        code.jump(Condition.NOT_EQUAL, loop);
        for (int panel = 0; panel < panels; panel++) {
            code.op(VMOVUPS_TO, Mem.at(Gpr.RDX, panel * AmxTiles.LINE), zmm(panel));
        }
    }
}
