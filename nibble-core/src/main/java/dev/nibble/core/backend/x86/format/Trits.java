package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VBROADCASTI128;
import static dev.nibble.core.x86.assembler.Instruction.VINSERTI128;
import static dev.nibble.core.x86.assembler.Instruction.VMOVDQU;
import static dev.nibble.core.x86.assembler.Instruction.VPADDB;
import static dev.nibble.core.x86.assembler.Instruction.VPAND;
import static dev.nibble.core.x86.assembler.Instruction.VPBROADCASTD;
import static dev.nibble.core.x86.assembler.Instruction.VPCMPEQB;
import static dev.nibble.core.x86.assembler.Instruction.VPMAXUB;
import static dev.nibble.core.x86.assembler.Instruction.VPMULLW;
import static dev.nibble.core.x86.assembler.Instruction.VPOR;
import static dev.nibble.core.x86.assembler.Instruction.VPSUBB;
import static dev.nibble.core.x86.assembler.Vec.xmm;

import dev.nibble.core.tensor.Codec;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Vec;
import java.util.Arrays;

/** TQ1_0: five ternary digits to a byte, as a fraction of 256: digit n is what is carried out of byte · 3ⁿ when it is multiplied by 3. */
record Trits(Codec codec) implements OneScale {
    private static final int[] POWERS = {1, 3, 9, 27, 81};
    private static final int SIXTEENS = 32; // bytes of which every digit has 16 numbers
    private static final int FOURS = 48; // likewise, 4
    private static final int THIRD = 86; // the least byte of which a third of 256 is carried
    private static final int TWO_THIRDS = 171;

    @Override
    public int scaleOffset() {
        return 52;
    }

    @Override
    public int zero() {
        return 1;
    }

    @Override
    public int largest() {
        return 2;
    }

    @Override
    public void codes(Rows rows, int row, int run, Vec target) {
        Assembler code = rows.code();
        int[] powers = new int[8]; // of each four bytes
        if (run < 5) {
            code.op(VMOVDQU, target, rows.at(row, 0));
            Arrays.fill(powers, POWERS[run]);
        } else {
            code.op(VBROADCASTI128, target, rows.at(row, SIXTEENS));
            int digit = 2 * (run - 5);
            for (int i = 0; i < powers.length; i++) {
                powers[i] = i < 4 ? POWERS[digit] : run < 7 ? POWERS[digit + 1] : POWERS[i - 4];
            }
        }
        if (run == 7) {
            Vec fours = Rows.temporary(0);
            code.op(VPBROADCASTD, fours.as(128), rows.at(row, FOURS));
            code.op(VINSERTI128, target, target, xmm(fours.number()), 1);
        }
        multiply(rows, target, powers);
        digits(rows, target);
    }

    /** Bytes times a power of three each, modulo 256: even ones, then odd ones, as halves of words. */
    private static void multiply(Rows rows, Vec target, int... powers) {
        Assembler code = rows.code();
        byte[] factors = new byte[32];
        byte[] even = new byte[32];
        byte[] odd = new byte[32];
        for (int i = 0; i < factors.length; i += 2) {
            factors[i] = (byte) powers[i / Integer.BYTES];
            even[i] = -1;
            odd[i + 1] = -1;
        }
        Vec upper = Rows.temporary(0);
        code.op(VPAND, upper, target, code.constant(odd));
        code.op(VPMULLW, upper, upper, code.constant(factors));
        code.op(VPMULLW, target, target, code.constant(factors));
        code.op(VPAND, target, target, code.constant(even));
        code.op(VPOR, target, target, upper);
    }

    /** How many thirds of 256 a byte holds: 0, 1 or 2. */
    private static void digits(Rows rows, Vec target) {
        Assembler code = rows.code();
        Vec one = Rows.temporary(0);
        Vec two = Rows.temporary(1);
        code.op(VPMAXUB, one, target, rows.bytes(THIRD));
        code.op(VPCMPEQB, one, one, target);
        code.op(VPMAXUB, two, target, rows.bytes(TWO_THIRDS));
        code.op(VPCMPEQB, two, two, target);
        code.op(VPADDB, one, one, two);
        code.zero(target);
        code.op(VPSUBB, target, target, one);
    }
}
