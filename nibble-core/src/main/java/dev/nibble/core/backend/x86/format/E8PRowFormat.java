package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Instruction.VPABSB;
import static dev.nibble.core.x86.assembler.Instruction.VPADDB;
import static dev.nibble.core.x86.assembler.Instruction.VPSIGNB;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.codec.E8P;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Operand;
import dev.nibble.core.x86.assembler.Vec;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/** E8P: lattice points from a table beside the code, with signs and a shift. A code is 4 · value + 16. */
record E8PRowFormat(E8P codec) implements RowFormat {
    private static final int VECTORS = SUB_BLOCK / E8P.DIMENSION;
    private static final int PATTERNS = 256;
    private static final float UNIT = 0.25f;
    private static final int ZERO = 16;
    private static final int LARGEST = ZERO + 11;
    /** Size of a table; the table of signs follows that of points. */
    private static final int TABLE = PATTERNS * E8P.DIMENSION;
    private static final Gpr TABLES = Gpr.R14;
    private static final Gpr INDEX = Gpr.RBX;

    /** The format of a codec; empty if sub-blocks of 32 do not fill a group. */
    static Optional<RowFormat> of(E8P codec) {
        return codec.groupSize() % SUB_BLOCK == 0 ? Optional.of(new E8PRowFormat(codec)) : Optional.empty();
    }

    @Override
    public int headerBytes() {
        return codec.codesAt();
    }

    @Override
    public int subBlockBytes() {
        return VECTORS * Short.BYTES;
    }

    @Override
    public int zero() {
        return ZERO;
    }

    @Override
    public int largest() {
        return LARGEST;
    }

    @Override
    public void once(Rows rows) {
        byte[] tables = Arrays.copyOf(points(), 2 * TABLE);
        System.arraycopy(signs(), 0, tables, TABLE, TABLE);
        rows.code().lea(TABLES, rows.code().constant(tables));
    }

    /** Four times the magnitudes of every pattern; the eighth is negative where the codec's parity requires it. */
    private static byte[] points() {
        E8P all = new E8P(TABLE);
        MemorySegment block = MemorySegment.ofArray(new byte[all.blockBytes()]);
        short[] codes = new short[PATTERNS];
        for (int pattern = 0; pattern < PATTERNS; pattern++) {
            codes[pattern] = (short) pattern;
        }
        all.write(block, 0, 1 / UNIT, codes, 0);
        float[] values = new float[all.groupSize()];
        all.decode(block, 0, values, 0, values.length);
        byte[] points = new byte[values.length];
        for (int i = 0; i < points.length; i++) {
            points[i] = (byte) (values[i] - 1);
        }
        return points;
    }

    /**
     * Table indexed by seven signs and the shift bit: eight bytes with these signs, an even number negative, of magnitude 3 or 1.
     */
    private static byte[] signs() {
        byte[] signs = new byte[TABLE];
        for (int set = 0; set < PATTERNS; set++) {
            int negative = set & 127;
            negative |= (Integer.bitCount(negative) & 1) << 7;
            int magnitude = set < 128 ? 3 : 1;
            for (int i = 0; i < E8P.DIMENSION; i++) {
                signs[set * E8P.DIMENSION + i] = (byte) ((negative >> i & 1) != 0 ? -magnitude : magnitude);
            }
        }
        return signs;
    }

    @Override
    public void block(Rows rows) {
        Vec scale = ymm(10);
        rows.floats(scale, 0);
        rows.code().op(VMULPS, scale, scale, rows.floats(UNIT));
        rows.code().op(VMOVUPS_TO, Rows.table(0), scale);
    }

    @Override
    public Operand scale(Rows rows, int subBlock, int half) {
        return Rows.table(0);
    }

    @Override
    public void codes(Rows rows, int row, int subBlock, Vec target) {
        Assembler code = rows.code();
        Vec signs = Rows.temporary(0);
        lookUp(rows, row, 0, target);
        lookUp(rows, row, 1, signs);
        code.op(VPSIGNB, target, target, signs);
        code.op(VPABSB, signs, signs);
        code.op(VPADDB, target, target, signs);
        code.op(VPADDB, target, target, rows.bytes(ZERO - 2));
    }

    /** Looks up eight bytes for each of four words: in the first table by their lower byte, or in the second by their upper byte. */
    private static void lookUp(Rows rows, int row, int half, Vec target) {
        Assembler code = rows.code();
        Lattice.lookUp(code, target, Rows.temporary(1), VECTORS, v -> {
            code.movzx8(INDEX, rows.at(row, half + v * Short.BYTES));
            return Mem.at(TABLES, INDEX, E8P.DIMENSION, half * TABLE);
        });
    }
}
