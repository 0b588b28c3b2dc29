package dev.nibble.core.x86.machine;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Mem;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Features of the processor whose registers the system saves: CPUID and XGETBV. Intel 64 and IA-32 Architectures Software Developer's
 * Manual, volume 1, sections 14.3 and 15.2 to 15.4.
 *
 * @param avx2   AVX2, FMA and F16C
 * @param avx512 AVX-512 F, BW, DQ, VL and VNNI
 * @param amx    the same with BF16, and AMX's tiles and products of BF16
 * @param tiles  whether the system lets this process use tiles
 */
public record CpuFeatures(boolean avx2, boolean avx512, boolean amx, boolean tiles) {
    static final CpuFeatures NONE = new CpuFeatures(false, false, false, false);
    private static final int OSXSAVE = 1 << 27;
    private static final int FMA = 1 << 12;
    private static final int AVX = 1 << 28;
    private static final int F16C = 1 << 29;
    private static final int AVX2 = 1 << 5;
    private static final int AVX512_F_DQ_BW_VL = 1 << 16 | 1 << 17 | 1 << 30 | 1 << 31;
    private static final int AVX512_VNNI = 1 << 11;
    private static final int AVX512_BF16 = 1 << 5;
    private static final int AMX_BF16_AND_TILES = 1 << 22 | 1 << 24;
    private static final int YMM_STATE = 0x6;
    private static final int ZMM_STATE = 0xE6;
    private static final int TILE_STATE = 0x6_00E6;

    /** The four result registers of CPUID. */
    private record Leaf(int eax, int ebx, int ecx, int edx) {}

    /** Detects the features of this processor. */
    static CpuFeatures detect(CodeCache space) {
        Kernel cpuid = space.kernel("cpuid", CpuFeatures::cpuid);
        Kernel xgetbv = space.kernel("xgetbv", CpuFeatures::xgetbv);
        int highest = ask(cpuid, 0, 0).eax;
        Leaf one = ask(cpuid, 1, 0);
        if (highest < 7 || !has(one.ecx, OSXSAVE | AVX)) {
            return NONE;
        }
        Leaf seven = ask(cpuid, 7, 0);
        int state = ask(xgetbv, 0, 0).eax;
        boolean avx2 = has(one.ecx, FMA | F16C) && has(seven.ebx, AVX2) && has(state, YMM_STATE);
        boolean avx512 = avx2 && has(seven.ebx, AVX512_F_DQ_BW_VL) && has(seven.ecx, AVX512_VNNI) && has(state, ZMM_STATE);
        boolean amx = avx512 && has(seven.edx, AMX_BF16_AND_TILES) && seven.eax >= 1 && has(ask(cpuid, 7, 1).eax, AVX512_BF16);
        return new CpuFeatures(avx2, avx512, amx, amx && has(state, TILE_STATE) && LibC.permitTiles());
    }

    private static boolean has(int bits, int wanted) {
        return (bits & wanted) == wanted;
    }

    private static Leaf ask(Kernel kernel, int leaf, int part) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment answer = arena.allocate(4L * Integer.BYTES, Integer.BYTES);
            kernel.call(answer, answer, answer, leaf, part, 0);
            return new Leaf(answer.getAtIndex(JAVA_INT, 0), answer.getAtIndex(JAVA_INT, 1), answer.getAtIndex(JAVA_INT, 2),
                    answer.getAtIndex(JAVA_INT, 3));
        }
    }

    private static void cpuid(Assembler code) {
        code.mov(Gpr.RAX, Gpr.RCX);
        code.mov(Gpr.RCX, Gpr.R8);
        code.cpuid();
        code.mov32(Mem.at(Gpr.RDI, 0), Gpr.RAX);
        code.mov32(Mem.at(Gpr.RDI, 4), Gpr.RBX);
        code.mov32(Mem.at(Gpr.RDI, 8), Gpr.RCX);
        code.mov32(Mem.at(Gpr.RDI, 12), Gpr.RDX);
    }

    private static void xgetbv(Assembler code) {
        code.xor(Gpr.RCX, Gpr.RCX);
        code.xgetbv();
        code.mov32(Mem.at(Gpr.RDI, 0), Gpr.RAX);
    }
}
