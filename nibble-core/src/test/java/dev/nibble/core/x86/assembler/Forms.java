package dev.nibble.core.x86.assembler;

import static dev.nibble.core.x86.assembler.Vec.xmm;
import static dev.nibble.core.x86.assembler.Vec.ymm;
import static dev.nibble.core.x86.assembler.Vec.zmm;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Every form of every instruction, in our encoding and in Intel syntax for GNU as. */
final class Forms {
    /** An instruction. @param text its text for GNU as */
    record Line(String text, byte[] bytes) {}

    private static final List<Mem> ADDRESSES = List.of(Mem.at(Gpr.RAX, 0), Mem.at(Gpr.RBP, 0), Mem.at(Gpr.RSP, 8), Mem.at(Gpr.R12, 64),
            Mem.at(Gpr.R13, 0), Mem.at(Gpr.RDI, -128), Mem.at(Gpr.RSI, 4096), Mem.at(Gpr.RCX, Gpr.R9, 8, 17),
            Mem.at(Gpr.R8, Gpr.RDX, 4, 128), Mem.at(Gpr.R15, Gpr.R14, 1, -4096), Mem.at(Gpr.R13, Gpr.R12, 2, 0), Mem.at(Gpr.RBX, 130),
            Mem.at(Gpr.RAX, -8192), Mem.at(Gpr.R10, 8128));
    private static final List<Gpr> SOME = List.of(Gpr.RAX, Gpr.RSP, Gpr.RDI, Gpr.R8, Gpr.R13);

    private final List<Line> lines = new ArrayList<>();

    private Forms() {}

    static List<Line> all() {
        Forms forms = new Forms();
        for (Instruction instruction : Instruction.values()) {
            forms.vector(instruction);
        }
        forms.general();
        forms.tiles();
        return forms.lines;
    }

    private void add(String text, Consumer<Assembler> writing) {
        Assembler assembler = new Assembler();
        writing.accept(assembler);
        lines.add(new Line(text, assembler.finish()));
    }

    private void vector(Instruction i) {
        if (i.form == Instruction.Form.TILES) {
            return; // see tiles()
        }
        List<List<Vec>> triples = new ArrayList<>();
        if (i.has != Instruction.Has.VEX) {
            triples.add(List.of(zmm(3), zmm(21), zmm(14)));
            triples.add(List.of(zmm(31), zmm(0), zmm(26)));
            triples.add(List.of(zmm(9), zmm(17), zmm(8)));
            triples.add(List.of(ymm(19), ymm(2), ymm(5)));
        }
        boolean wide = i == Instruction.VINSERTI64X4 || i == Instruction.VEXTRACTF64X4
                || i == Instruction.VEXTRACTI64X4 || i == Instruction.VBROADCASTI64X4;
        boolean narrow = i == Instruction.VMOVQ || i == Instruction.VMOVD || i == Instruction.VMOVSS_TO || i.name().startsWith("VPINSR");
        boolean notNarrow = i.reads == Instruction.Reads.LANE_128 || i == Instruction.VPERMD || i == Instruction.VPERMPS
                || i == Instruction.VPERM2I128 || i == Instruction.VPERMQ;
        if (narrow) {
            boolean extended = !triples.isEmpty();
            triples.clear();
            if (extended) {
                triples.add(List.of(xmm(19), xmm(2), xmm(5)));
            }
        }
        if (wide) {
            triples.removeIf(t -> t.getFirst().bits() != 512);
        } else {
            if (!narrow) {
                triples.add(List.of(ymm(1), ymm(2), ymm(3)));
                triples.add(List.of(ymm(12), ymm(9), ymm(15)));
            }
            if (!notNarrow) {
                triples.add(List.of(xmm(10), xmm(4), xmm(0)));
            }
        }
        for (List<Vec> t : triples) {
            forms(i, t.get(0), t.get(1), t.get(2));
        }
    }

    private void forms(Instruction i, Vec a, Vec b, Vec c) {
        boolean repeats = a.bits() == 512 && i.reads == Instruction.Reads.WHOLE && i.w == 0 && repeats(i);
        for (Mem m : ADDRESSES) {
            boolean high = a.bits() == 512 || a.number() >= 16 || b.number() >= 16 && i.form == Instruction.Form.THREE;
            String name = i.mnemonic(high || i.has == Instruction.Has.EVEX);
            String memory = text(m);
            switch (i.form) {
                case TWO, LOAD -> {
                    add(name + " " + text(a) + ", " + memory, as -> as.op(i, a, m));
                    if (repeats) {
                        add(name + " " + text(a) + ", " + memory + "{1to16}", as -> as.op(i, a, m.repeated()));
                    }
                }
                case STORE -> add(name + " " + memory + ", " + text(a), as -> as.op(i, m, a));
                case THREE -> {
                    add(name + " " + text(a) + ", " + text(b) + ", " + memory, as -> as.op(i, a, b, m));
                    if (repeats) {
                        add(name + " " + text(a) + ", " + text(b) + ", " + memory + "{1to16}", as -> as.op(i, a, b, m.repeated()));
                    }
                }
                case TWO_BYTE -> add(name + " " + text(a) + ", " + memory + ", 27", as -> as.op(i, a, m, 27));
                case THREE_BYTE -> add(name + " " + text(a) + ", " + text(b) + ", " + memory + ", 1", as -> as.op(i, a, b, m, 1));
                case STORE_BYTE -> add(name + " " + memory + ", " + text(a) + ", 1", as -> as.store(i, m, a, 1));
                case SHIFT, SIGNS, TILES -> {
                }
            }
        }
        registers(i, a, b, c);
    }

    private static boolean repeats(Instruction i) {
        return switch (i) {
            case VPADDB, VPSUBB, VPMULLW, VPMADDWD, VPMADDUBSW, VPSHUFB, VPACKSSWB,
                    VPACKUSWB,
                    VMOVUPS,
                    VMOVDQU,
                    VPABSB ->
                false;
            default -> true;
        };
    }

    private void registers(Instruction i, Vec a, Vec b, Vec c) {
        int sourceBits = switch (i.reads) {
            case WHOLE -> a.bits();
            case HALF -> Math.max(128, a.bits() / 2);
            case QUARTER, LANE_128, ONE_8, ONE_16, ONE_32, ONE_64 -> 128;
            case LANE_256 -> 256;
        };
        boolean memoryOnly = i == Instruction.VBROADCASTI128 || i == Instruction.VBROADCASTI64X4 || i == Instruction.VMOVD
                || i == Instruction.VMOVQ
                || i.name().startsWith("VPINSR") || i.form == Instruction.Form.STORE;
        if (memoryOnly) {
            return;
        }
        Vec d = c.as(sourceBits);
        boolean high = a.bits() == 512 || a.number() >= 16 || d.number() >= 16 || b.number() >= 16 && i.form.name().startsWith("THREE");
        String name = i.mnemonic(high || i.has == Instruction.Has.EVEX);
        switch (i.form) {
            case TWO, LOAD -> add(name + " " + text(a) + ", " + text(d), as -> as.op(i, a, d));
            case THREE -> add(name + " " + text(a) + ", " + text(b) + ", " + text(d), as -> as.op(i, a, b, d));
            case TWO_BYTE -> add(name + " " + text(a) + ", " + text(d) + ", 27", as -> as.op(i, a, d, 27));
            case THREE_BYTE -> add(name + " " + text(a) + ", " + text(b) + ", " + text(d) + ", 1", as -> as.op(i, a, b, d, 1));
            case STORE_BYTE -> add(name + " " + text(d) + ", " + text(a) + ", 1", as -> as.store(i, d, a, 1));
            case SHIFT -> add(name + " " + text(a) + ", " + text(d) + ", 4", as -> as.op(i, a, d, 4));
            case SIGNS -> add(name + " r11d, " + text(d), as -> as.signs(Gpr.R11, d));
            case STORE, TILES -> {
            }
        }
    }

    private void general() {
        for (Gpr r : SOME) {
            for (Gpr s : SOME) {
                add("mov " + text(r) + ", " + text(s), as -> as.mov(r, s));
                add("add " + text(r) + ", " + text(s), as -> as.add(r, s));
                add("sub " + text(r) + ", " + text(s), as -> as.sub(r, s));
                add("and " + text(r) + ", " + text(s), as -> as.and(r, s));
                add("or " + text(r) + ", " + text(s), as -> as.or(r, s));
                add("xor " + text(r) + ", " + text(s), as -> as.xor(r, s));
                add("cmp " + text(r) + ", " + text(s), as -> as.cmp(r, s));
                add("tzcnt " + text(r) + ", " + text(s), as -> as.tzcnt(r, s));
            }
            for (Mem m : ADDRESSES) {
                add("mov " + text(r) + ", " + text(m), as -> as.mov(r, m));
                add("mov " + text(m) + ", " + text(r), as -> as.mov(m, r));
                add("mov " + text(m) + ", " + text32(r), as -> as.mov32(m, r));
                add("lea " + text(r) + ", " + text(m), as -> as.lea(r, m));
                add("movzx " + text32(r) + ", byte ptr " + text(m), as -> as.movzx8(r, m));
                add("movzx " + text32(r) + ", word ptr " + text(m), as -> as.movzx16(r, m));
            }
            if (r != Gpr.RAX) { // RAX has shorter encodings, which we do not use
                for (int value : new int[]{1, -128, 127, 128, -70_000}) {
                    add("add " + text(r) + ", " + value, as -> as.add(r, value));
                    add("sub " + text(r) + ", " + value, as -> as.sub(r, value));
                    add("and " + text(r) + ", " + value, as -> as.and(r, value));
                    add("cmp " + text(r) + ", " + value, as -> as.cmp(r, value));
                }
            }
            add("mov " + text32(r) + ", 305419896", as -> as.mov(r, 0x12345678));
            add("movabs " + text(r) + ", 1311768467463790320", as -> as.mov(r, 0x123456789ABCDEF0L));
            add("shl " + text(r) + ", 5", as -> as.shl(r, 5));
            add("push " + text(r), as -> as.push(r));
            add("pop " + text(r), as -> as.pop(r));
            add("jmp " + text(r), as -> as.jmp(r));
        }
        for (Mem m : ADDRESSES) {
            add("prefetcht0 byte ptr " + text(m), as -> as.prefetch(m));
        }
        add("ret", Assembler::ret);
        add("cpuid", Assembler::cpuid);
        add("xgetbv", Assembler::xgetbv);
        add("vzeroupper", Assembler::vzeroupper);
        add("vpxor xmm7, xmm7, xmm7", as -> as.zero(ymm(7)));
        add("vpxord zmm17, zmm17, zmm17", as -> as.zero(zmm(17)));
    }

    private void tiles() {
        for (Mem m : ADDRESSES) {
            add("ldtilecfg " + text(m), as -> as.tileShapes(m));
            if (m.indexed()) {
                add("tileloadd tmm7, " + text(m), as -> as.tileLoad(new Tile(7), m));
                add("tilestored " + text(m) + ", tmm2", as -> as.tileStore(m, new Tile(2)));
            }
        }
        for (int i = 0; i < 8; i++) {
            int number = i;
            add("tilezero tmm" + i, as -> as.tileZero(new Tile(number)));
            add("tdpbf16ps tmm" + i + ", tmm" + (i + 3) % 8 + ", tmm" + (i + 5) % 8, as -> as.tileDot(new Tile(number), new Tile((number
                    + 3) % 8), new Tile((number + 5) % 8)));
        }
        add("tilerelease", Assembler::tileRelease);
    }

    private static String text(Vec register) {
        return (register.bits() == 512 ? "zmm" : register.bits() == 256 ? "ymm" : "xmm") + register.number();
    }

    private static String text(Gpr register) {
        return register.name().toLowerCase(Locale.ROOT);
    }

    private static String text32(Gpr register) {
        return register.number() < 8 ? "e" + text(register).substring(1) : text(register) + "d";
    }

    private static String text(Mem m) {
        String index = m.indexed() ? "+" + text(m.index()) + "*" + m.scale() : "";
        return "[" + text(m.base()) + index + (m.displacement() < 0 ? "" : "+") + m.displacement() + "]";
    }
}
