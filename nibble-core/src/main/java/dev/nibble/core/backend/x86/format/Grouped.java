package dev.nibble.core.backend.x86.format;

import static dev.nibble.core.x86.assembler.Instruction.VCVTDQ2PS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS;
import static dev.nibble.core.x86.assembler.Instruction.VMOVUPS_TO;
import static dev.nibble.core.x86.assembler.Instruction.VMULPS;
import static dev.nibble.core.x86.assembler.Instruction.VPXOR;
import static dev.nibble.core.x86.assembler.Instruction.VSUBPS;
import static dev.nibble.core.x86.assembler.Vec.ymm;

import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.GroupCodec;
import dev.nibble.core.codec.LevelTable;
import dev.nibble.core.codec.OffsetGroups;
import dev.nibble.core.codec.ScaleFormat;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Operand;
import dev.nibble.core.x86.assembler.Vec;
import java.util.List;
import java.util.Optional;

/**
 * Integer codes with a scale per group, whose length is a multiple of 32: GPTQ, AWQ, HQQ, compressed-tensors, torchao and LLM.int8().
 *
 * @param offset data stored with the scale
 * @param signed whether codes of 8 bits are signed; zero is then the middle
 * @param unit factor of the scale
 */
record Grouped(GroupCodec codec, ScaleFormat scaleFormat, Offset offset, int headerBytes, boolean signed, float unit) implements RowFormat {
    private static final int SCALES = 0;
    private static final int MINIMUMS = 1;
    private static final int SIGN = 0x80;
    private static final NibbleCodes NIBBLES = new NibbleCodes(0, List.of());

    /** Data stored with a scale. */
    private enum Offset {
        NOTHING,
        /** Zero point, an 8-bit integer. */
        INTEGER_ZERO,
        /** Zero point in the format of scales. */
        ZERO,
        /** Value of the middle code, in the format of scales. */
        OFFSET;

        static Offset of(GroupAffine.Zero zero) {
            return switch (zero) {
                case NONE -> NOTHING;
                case INTEGER -> INTEGER_ZERO;
                case FLOAT -> ZERO;
            };
        }
    }

    /** The format of a codec; empty if sub-blocks of 32 do not fill a group, or levels are not integers. */
    static Optional<RowFormat> of(GroupCodec codec) {
        if (codec.groupSize() % SUB_BLOCK != 0) {
            return Optional.empty();
        }
        return switch (codec) {
            case GroupAffine affine -> Optional.of(
                    new Grouped(affine, affine.scaleFormat(), Offset.of(affine.zero()), affine.codesAt(), false, 1));
            case OffsetGroups offsets -> Optional.of(
                    new Grouped(offsets, offsets.scaleFormat(), Offset.OFFSET, offsets.codesAt(), false, 1));
            case ScaledLevels levels -> levels.levels() == LevelTable.INT8
                    ? Optional.of(new Grouped(levels, ScaleFormat.F32, Offset.NOTHING, levels.codesAt(), true, 1f / 127))
                    : Optional.empty();
        };
    }

    @Override
    public int subBlockBytes() {
        return SUB_BLOCK / Byte.SIZE * codec.bits();
    }

    @Override
    public boolean minimums() {
        return offset != Offset.NOTHING;
    }

    @Override
    public int zero() {
        return offset == Offset.NOTHING || offset == Offset.OFFSET || exceeds7Bits() ? 1 << codec.bits() - 1 : 0;
    }

    @Override
    public int largest() {
        return (1 << codec.bits()) - 1;
    }

    @Override
    public void block(Rows rows) {
        Assembler code = rows.code();
        Vec scale = ymm(10);
        gather(rows, scale, 0);
        if (unit != 1) {
            code.op(VMULPS, scale, scale, rows.floats(unit));
        }
        code.op(VMOVUPS_TO, Rows.table(SCALES), scale);
        if (!minimums()) {
            return;
        }
        Vec minimum = ymm(11);
        if (offset == Offset.INTEGER_ZERO) {
            rows.unsignedBytes(minimum, scaleFormat.bytes());
            code.op(VCVTDQ2PS, minimum, minimum);
        } else {
            gather(rows, minimum, scaleFormat.bytes());
        }
        if (offset != Offset.OFFSET) {
            code.op(VMOVUPS, ymm(12), rows.floats(zero()));
            code.op(VSUBPS, minimum, ymm(12), minimum); // adds back the zero subtracted from all codes
            code.op(VMULPS, minimum, minimum, scale);
        }
        code.op(VMOVUPS_TO, Rows.table(MINIMUMS), minimum);
    }

    private void gather(Rows rows, Vec target, int offset) {
        switch (scaleFormat) {
            case F16 -> rows.halfFloats(target, offset);
            case BF16 -> rows.brainFloats(target, offset);
            case F32 -> rows.floats(target, offset);
        }
    }

    @Override
    public Operand scale(Rows rows, int subBlock, int half) {
        return Rows.table(SCALES);
    }

    @Override
    public Operand minimum(Rows rows, int subBlock, int half) {
        return Rows.table(MINIMUMS);
    }

    @Override
    public void pair(Rows rows, int row, int subBlock, Vec target) {
        if (codec.bits() == 4 || exceeds7Bits()) {
            codes(rows, row, subBlock, target);
        } else {
            RowFormat.super.pair(rows, row, subBlock, target);
        }
    }

    @Override
    public Optional<NibbleCodes> nibbles(int subBlock) {
        return codec.bits() == 4 ? Optional.of(NIBBLES) : Optional.empty();
    }

    @Override
    public List<byte[]> constants() {
        return switch (codec.bits()) {
            case 1 -> Lattice.signConstants();
            case 2 -> List.of(Rows.repeated(3));
            case 4 -> NIBBLES.constants();
            default -> List.of();
        };
    }

    @Override
    public void signed(Rows rows, int row, int subBlock, Vec target) {
        if (signed) {
            rows.load(target, row, 0);
        } else {
            RowFormat.super.signed(rows, row, subBlock, target);
        }
    }

    @Override
    public void codes(Rows rows, int row, int subBlock, Vec target) {
        switch (codec.bits()) {
            case 1 -> {
                Lattice.signBits(rows, rows.at(row, 0), target);
                rows.mask(target, target, 1);
            }
            case 2 -> TwoBitStream.stream(rows, row, 0, target);
            case 4 -> NIBBLES.codes(rows, row, target);
            case 8 -> {
                rows.load(target, row, 0);
                if (signed) {
                    rows.code().op(VPXOR, target, target, rows.bytes(SIGN));
                }
            }
            default -> BitRun.write(rows, row, codec.bits(), target);
        }
    }
}
