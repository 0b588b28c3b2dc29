package dev.nibble.core.x86.assembler;

import static dev.nibble.core.x86.assembler.Instruction.Form.LOAD;
import static dev.nibble.core.x86.assembler.Instruction.Form.SHIFT;
import static dev.nibble.core.x86.assembler.Instruction.Form.STORE;
import static dev.nibble.core.x86.assembler.Instruction.Form.THREE;
import static dev.nibble.core.x86.assembler.Instruction.Form.TWO;
import static dev.nibble.core.x86.assembler.Instruction.Reads.HALF;
import static dev.nibble.core.x86.assembler.Instruction.Reads.LANE_128;
import static dev.nibble.core.x86.assembler.Instruction.Reads.LANE_256;
import static dev.nibble.core.x86.assembler.Instruction.Reads.ONE_16;
import static dev.nibble.core.x86.assembler.Instruction.Reads.ONE_32;
import static dev.nibble.core.x86.assembler.Instruction.Reads.ONE_64;
import static dev.nibble.core.x86.assembler.Instruction.Reads.ONE_8;
import static dev.nibble.core.x86.assembler.Instruction.Reads.QUARTER;
import static dev.nibble.core.x86.assembler.Instruction.Reads.WHOLE;

import java.util.Locale;

/**
 * A vector instruction: its opcode and encodings. Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2.
 *
 * <p>
 * Where AVX and AVX-512 have different names ({@code vpxor}, {@code vpxord}), the constant has the first; the assembler encodes the one
 * that the operands need.
 */
public enum Instruction {
    // @formatter:off
    //           form   map   prefix opcode  W  memory    immediate, who has it
    VMOVUPS     (LOAD,  0x0F, 0x00, 0x10, 0, WHOLE),
    VMOVUPS_TO  (STORE, 0x0F, 0x00, 0x11, 0, WHOLE),
    VMOVDQU     (LOAD,  0x0F, 0xF3, 0x6F, 0, WHOLE, "vmovdqu32"),
    VMOVDQU_TO  (STORE, 0x0F, 0xF3, 0x7F, 0, WHOLE, "vmovdqu32"),
    VMOVQ       (LOAD,  0x0F, 0xF3, 0x7E, 0, ONE_64, Has.VEX),
    VMOVD       (LOAD,  0x0F, 0x66, 0x6E, 0, ONE_32, Has.VEX),
    VMOVSS_TO   (STORE, 0x0F, 0xF3, 0x11, 0, ONE_32),
    VBROADCASTSS(LOAD,  0x0F38, 0x66, 0x18, 0, ONE_32),
    VPBROADCASTD(LOAD,  0x0F38, 0x66, 0x58, 0, ONE_32),
    VBROADCASTI128(LOAD, 0x0F38, 0x66, 0x5A, 0, LANE_128, "vbroadcasti32x4"),
    VBROADCASTI64X4(LOAD, 0x0F38, 0x66, 0x5B, 1, LANE_256, Has.EVEX),
    VCVTDQ2PS   (TWO,   0x0F, 0x00, 0x5B, 0, WHOLE),
    VCVTTPS2DQ  (TWO,   0x0F, 0xF3, 0x5B, 0, WHOLE),
    VCVTPS2DQ   (TWO,   0x0F, 0x66, 0x5B, 0, WHOLE),
    VCVTPS2PD   (LOAD,  0x0F, 0x00, 0x5A, 0, HALF, Has.VEX),
    VCVTPH2PS   (LOAD,  0x0F38, 0x66, 0x13, 0, HALF),
    VPMOVZXBD   (LOAD,  0x0F38, 0x66, 0x31, 0, QUARTER),
    VPMOVSXBD   (LOAD,  0x0F38, 0x66, 0x21, 0, QUARTER),
    VPMOVZXBW   (LOAD,  0x0F38, 0x66, 0x30, 0, HALF, Has.VEX),
    VPMOVZXWD   (LOAD,  0x0F38, 0x66, 0x33, 0, HALF),
    VPABSB      (LOAD,  0x0F38, 0x66, 0x1C, 0, WHOLE),
    VPAND       (THREE, 0x0F, 0x66, 0xDB, 0, WHOLE, "vpandd"),
    VPANDN      (THREE, 0x0F, 0x66, 0xDF, 0, WHOLE, "vpandnd"),
    VPOR        (THREE, 0x0F, 0x66, 0xEB, 0, WHOLE, "vpord"),
    VPXOR       (THREE, 0x0F, 0x66, 0xEF, 0, WHOLE, "vpxord"),
    VPADDW      (THREE, 0x0F, 0x66, 0xFD, 0, WHOLE, Has.VEX),
    VPADDD      (THREE, 0x0F, 0x66, 0xFE, 0, WHOLE),
    VPSUBD      (THREE, 0x0F, 0x66, 0xFA, 0, WHOLE),
    VPMAXSD     (THREE, 0x0F38, 0x66, 0x3D, 0, WHOLE),
    VPMINSD     (THREE, 0x0F38, 0x66, 0x39, 0, WHOLE),
    VPADDB      (THREE, 0x0F, 0x66, 0xFC, 0, WHOLE),
    VPAVGB      (THREE, 0x0F, 0x66, 0xE0, 0, WHOLE, Has.VEX),
    VPSUBUSB    (THREE, 0x0F, 0x66, 0xD8, 0, WHOLE, Has.VEX),
    VPSUBB      (THREE, 0x0F, 0x66, 0xF8, 0, WHOLE),
    VPMULLW     (THREE, 0x0F, 0x66, 0xD5, 0, WHOLE),
    VPMULLD     (THREE, 0x0F38, 0x66, 0x40, 0, WHOLE),
    VPMADDWD    (THREE, 0x0F, 0x66, 0xF5, 0, WHOLE),
    VPMADDUBSW  (THREE, 0x0F38, 0x66, 0x04, 0, WHOLE),
    VPSIGNB     (THREE, 0x0F38, 0x66, 0x08, 0, WHOLE, Has.VEX),
    VPHADDD     (THREE, 0x0F38, 0x66, 0x02, 0, WHOLE, Has.VEX),
    VPSHUFB     (THREE, 0x0F38, 0x66, 0x00, 0, WHOLE),
    VPERMD      (THREE, 0x0F38, 0x66, 0x36, 0, WHOLE),
    VPERMPS     (THREE, 0x0F38, 0x66, 0x16, 0, WHOLE),
    VPCMPEQB    (THREE, 0x0F, 0x66, 0x74, 0, WHOLE, Has.VEX),
    VPCMPGTD    (THREE, 0x0F, 0x66, 0x66, 0, WHOLE, Has.VEX),
    VPCMPEQD    (THREE, 0x0F, 0x66, 0x76, 0, WHOLE, Has.VEX),
    VPACKUSWB   (THREE, 0x0F, 0x66, 0x67, 0, WHOLE),
    VPACKUSDW   (THREE, 0x0F38, 0x66, 0x2B, 0, WHOLE),
    VPUNPCKLDQ  (THREE, 0x0F, 0x66, 0x62, 0, WHOLE),
    VPUNPCKHDQ  (THREE, 0x0F, 0x66, 0x6A, 0, WHOLE),
    VPUNPCKLQDQ (THREE, 0x0F, 0x66, 0x6C, 1, WHOLE, "vpunpcklqdq", 0),
    VPUNPCKHQDQ (THREE, 0x0F, 0x66, 0x6D, 1, WHOLE, "vpunpckhqdq", 0),
    VPACKSSDW   (THREE, 0x0F, 0x66, 0x6B, 0, WHOLE),
    VPACKSSWB   (THREE, 0x0F, 0x66, 0x63, 0, WHOLE),
    VPSRLVD     (THREE, 0x0F38, 0x66, 0x45, 0, WHOLE),
    VPSRLVQ     (THREE, 0x0F38, 0x66, 0x45, 1, WHOLE),
    VADDPS      (THREE, 0x0F, 0x00, 0x58, 0, WHOLE),
    VSUBPS      (THREE, 0x0F, 0x00, 0x5C, 0, WHOLE),
    VMULPS      (THREE, 0x0F, 0x00, 0x59, 0, WHOLE),
    VDIVPS      (THREE, 0x0F, 0x00, 0x5E, 0, WHOLE),
    VMAXPS      (THREE, 0x0F, 0x00, 0x5F, 0, WHOLE),
    VMINPS      (THREE, 0x0F, 0x00, 0x5D, 0, WHOLE),
    VFMADD231PS (THREE, 0x0F38, 0x66, 0xB8, 0, WHOLE),
    VFMADD231PD (THREE, 0x0F38, 0x66, 0xB8, 1, WHOLE, Has.VEX),
    VADDSUBPS   (THREE, 0x0F, 0xF2, 0xD0, 0, WHOLE, Has.VEX),
    VFNMADD231PS(THREE, 0x0F38, 0x66, 0xBC, 0, WHOLE),
    VFMADD213PS (THREE, 0x0F38, 0x66, 0xA8, 0, WHOLE),
    VPDPBUSD    (THREE, 0x0F38, 0x66, 0x50, 0, WHOLE, Has.EVEX),
    VCVTNE2PS2BF16(THREE, 0x0F38, 0xF2, 0x72, 0, WHOLE, Has.EVEX),
    VPERMW      (THREE, 0x0F38, 0x66, 0x8D, 1, WHOLE, Has.EVEX),
    VMOVMSKPS   (Form.SIGNS, 0x0F, 0x00, 0x50, 0, WHOLE, Has.VEX),
    VPSLLW      (SHIFT, 0x0F, 0x66, 0x71, 0, WHOLE, 6),
    VPSRLW      (SHIFT, 0x0F, 0x66, 0x71, 0, WHOLE, 2),
    VPSLLD      (SHIFT, 0x0F, 0x66, 0x72, 0, WHOLE, 6),
    VPSRLD      (SHIFT, 0x0F, 0x66, 0x72, 0, WHOLE, 2),
    VPSRAD      (SHIFT, 0x0F, 0x66, 0x72, 0, WHOLE, 4),
    VCMPPS      (Form.THREE_BYTE, 0x0F, 0x00, 0xC2, 0, WHOLE, Has.VEX),
    VPERM2I128  (Form.THREE_BYTE, 0x0F3A, 0x66, 0x46, 0, WHOLE, Has.VEX),
    VINSERTI128 (Form.THREE_BYTE, 0x0F3A, 0x66, 0x38, 0, LANE_128, "vinserti32x4"),
    VINSERTI64X4(Form.THREE_BYTE, 0x0F3A, 0x66, 0x3A, 1, LANE_256, Has.EVEX),
    VEXTRACTI64X4(Form.STORE_BYTE, 0x0F3A, 0x66, 0x3B, 1, LANE_256, Has.EVEX),
    VEXTRACTF64X4(Form.STORE_BYTE, 0x0F3A, 0x66, 0x1B, 1, LANE_256, Has.EVEX),
    VEXTRACTF128(Form.STORE_BYTE, 0x0F3A, 0x66, 0x19, 0, LANE_128, "vextractf32x4"),
    VCVTPS2PH   (Form.STORE_BYTE, 0x0F3A, 0x66, 0x1D, 0, HALF),
    VPSHUFD     (Form.TWO_BYTE, 0x0F, 0x66, 0x70, 0, WHOLE),
    VPERMQ      (Form.TWO_BYTE, 0x0F3A, 0x66, 0x00, 1, WHOLE),
    VPINSRW     (Form.THREE_BYTE, 0x0F, 0x66, 0xC4, 0, ONE_16, Has.VEX),
    VPINSRB     (Form.THREE_BYTE, 0x0F3A, 0x66, 0x20, 0, ONE_8, Has.VEX),
    VPINSRD     (Form.THREE_BYTE, 0x0F3A, 0x66, 0x22, 0, ONE_32, Has.VEX),
    VPINSRQ     (Form.THREE_BYTE, 0x0F3A, 0x66, 0x22, 1, ONE_64, Has.VEX),
    LDTILECFG   (Form.TILES, 0x0F38, 0x00, 0x49, 0, WHOLE, Has.VEX),
    TILERELEASE (Form.TILES, 0x0F38, 0x00, 0x49, 0, WHOLE, Has.VEX),
    TILEZERO    (Form.TILES, 0x0F38, 0xF2, 0x49, 0, WHOLE, Has.VEX),
    TILELOADD   (Form.TILES, 0x0F38, 0xF2, 0x4B, 0, WHOLE, Has.VEX),
    TILESTORED  (Form.TILES, 0x0F38, 0xF3, 0x4B, 0, WHOLE, Has.VEX),
    TDPBF16PS   (Form.TILES, 0x0F38, 0xF3, 0x5C, 0, WHOLE, Has.VEX);
    // @formatter:on

    /** The operands and their places in the encoding. */
    public enum Form {
        /** Target, source. */
        TWO,
        /** Target, source; memory cannot be broadcast. */
        LOAD,
        /** Memory, source. */
        STORE,
        /** Target, source, source. */
        THREE,
        /** Target, source, bits. */
        SHIFT,
        /** Target, source, immediate. */
        TWO_BYTE,
        /** Target, source, source, immediate. */
        THREE_BYTE,
        /** Target register or memory, source, immediate. */
        STORE_BYTE,
        /** General register, source. */
        SIGNS,
        /** Tiles: each has its own method. */
        TILES
    }

    /** The size of a memory operand: displacements are stored as multiples of it. */
    enum Reads {
        WHOLE(1, 0), HALF(2, 0), QUARTER(4, 0), ONE_8(0, 1), ONE_16(0, 2), ONE_32(0, 4), ONE_64(0, 8), LANE_128(0,
                16), LANE_256(0, 32);

        private final int share;
        private final int fixed;

        Reads(int share, int fixed) {
            this.share = share;
            this.fixed = fixed;
        }

        int bytes(int vectorBytes) {
            return share > 0 ? vectorBytes / share : fixed;
        }
    }

    /** Encodings an instruction has. */
    enum Has {
        VEX, EVEX, BOTH
    }

    final Form form;
    final int map;
    final int prefix;
    final int opcode;
    /** The W bit of EVEX, and of VEX unless stated otherwise. */
    final int w;
    final int vexW;
    final Reads reads;
    final Has has;
    /** The opcode's extension, for shifts. */
    final int extension;
    private final String evexName;

    Instruction(Form form, int map, int prefix, int opcode, int w, Reads reads, Has has, int extension, String evexName, int vexW) {
        this.form = form;
        this.map = map;
        this.prefix = prefix;
        this.opcode = opcode;
        this.w = w;
        this.vexW = vexW;
        this.reads = reads;
        this.has = has;
        this.extension = extension;
        this.evexName = evexName;
    }

    Instruction(Form form, int map, int prefix, int opcode, int w, Reads reads) {
        this(form, map, prefix, opcode, w, reads, Has.BOTH, 0, "", w);
    }

    Instruction(Form form, int map, int prefix, int opcode, int w, Reads reads, Has has) {
        this(form, map, prefix, opcode, w, reads, has, 0, "", w);
    }

    Instruction(Form form, int map, int prefix, int opcode, int w, Reads reads, String evexName) {
        this(form, map, prefix, opcode, w, reads, Has.BOTH, 0, evexName, w);
    }

    Instruction(Form form, int map, int prefix, int opcode, int w, Reads reads, String evexName, int vexW) {
        this(form, map, prefix, opcode, w, reads, Has.BOTH, 0, evexName, vexW);
    }

    Instruction(Form form, int map, int prefix, int opcode, int w, Reads reads, int extension) {
        this(form, map, prefix, opcode, w, reads, Has.BOTH, extension, "", w);
    }

    /** The mnemonic in assemblers. */
    String mnemonic(boolean evex) {
        return evex && !evexName.isEmpty() ? evexName : name().toLowerCase(Locale.ROOT).replaceFirst("_to$", "");
    }
}
