package dev.nibble.core.x86.machine;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.error.UnsupportedException;
import java.lang.foreign.MemorySegment;

/**
 * Executable memory for kernels: pages are written first and made executable then, and never both. What is not filled, and a page at either
 * end, cannot be touched at all. It is kept until the process ends, because nobody can tell when the last call is over.
 */
public final class CodeCache {
    private static final long BYTES = 64L << 20; // of addresses; pages are taken as code needs them
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
     * Reserves it.
     *
     * @throws UnsupportedException if the system gives no executable memory
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
     * Makes a kernel of a body of code, which finds its arguments in RDI, RSI, RDX, RCX, R8 and R9, may change every register but RBP, and
     * falls off its end. Should it touch memory that is not there, its call ends early.
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

    /** Where a fault in any kernel goes on: the frame of a kernel is found through RBP. */
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
