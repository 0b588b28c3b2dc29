package dev.nibble.core.x86.machine;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.error.UnsupportedException;
import java.lang.foreign.MemorySegment;

/**
 * Executable memory for kernels: pages are first written, then made executable, never both at once. The unused part, and a guard page at
 * either end, are inaccessible. It is kept until the process ends, because the end of the last call cannot be known.
 */
public final class CodeCache {
    private static final long BYTES = 64L << 20; // of address space; pages are allocated as needed
    private static final long PAGE = 4096;
    private static final Gpr[] SAVED = {Gpr.RBX, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15};

    private final long start;
    private final MemorySegment recovery;
    private long next;

    private CodeCache(long start) {
        this.start = start;
        this.next = start + PAGE;
        this.recovery = write(recoveryCode());
    }

    /**
     * Reserves the address space.
     *
     * @throws UnsupportedException if the system grants no executable memory
     */
    public static CodeCache open() {
        long start = LibC.reserve(BYTES);
        if (start == -1) {
            throw new UnsupportedException("no address space for machine code: mmap of " + BYTES + " bytes was refused");
        }
        CodeCache space = new CodeCache(start);
        SigbusHandler.raise(start, start + BYTES, space.recovery.address());
        return space;
    }

    /**
     * Makes a kernel from a body of code, which gets its arguments in RDI, RSI, RDX, RCX, R8 and R9, may change every register but RBP, and
     * ends by falling through. If it touches unmapped memory, its call ends early.
     *
     * @throws UnsupportedException if the system refuses
     */
    public Kernel kernel(String name, Body body) {
        Assembler code = new Assembler();
        code.push(Gpr.RBP);
        code.mov(Gpr.RBP, Gpr.RSP);
        for (Gpr register : SAVED) {
            code.push(register);
        }
        body.write(code);
        leave(code, 0);
        return new Kernel(name, write(code.finish()));
    }

    /** Writes the code of a kernel. */
    @FunctionalInterface
    public interface Body {
        void write(Assembler code);
    }

    /** The code at which execution resumes after a fault in a kernel; the frame of the kernel is found through RBP. */
    private static byte[] recoveryCode() {
        Assembler code = new Assembler();
        leave(code, 1);
        return code.finish();
    }

    private static void leave(Assembler code, int result) {
        code.vzeroupper();
        code.lea(Gpr.RSP, Mem.at(Gpr.RBP, -SAVED.length * Long.BYTES));
        for (int i = SAVED.length - 1; i >= 0; i--) {
            code.pop(SAVED[i]);
        }
        code.pop(Gpr.RBP);
        code.mov(Gpr.RAX, result);
        code.ret();
    }

    private synchronized MemorySegment write(byte[] code) {
        long bytes = Math.ceilDiv(code.length, PAGE) * PAGE;
        if (next + bytes + PAGE > start + BYTES) {
            throw new UnsupportedException("the " + BYTES + " bytes for machine code are full");
        }
        long address = next;
        if (!LibC.protect(address, bytes, LibC.READ | LibC.WRITE)) {
            throw new UnsupportedException("the system gives no memory for machine code");
        }
        LibC.copy(code, address);
        if (!LibC.protect(address, bytes, LibC.READ | LibC.EXECUTE)) {
            LibC.protect(address, bytes, 0);
            throw new UnsupportedException("the system does not let this process execute memory that it has written");
        }
        next = address + bytes;
        return LibC.memory(address, code.length);
    }
}
