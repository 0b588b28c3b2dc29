package dev.nibble.core.x86.machine;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.error.UnsupportedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A handler of SIGBUS, which is raised by reading a mapped file beyond its truncated end: if a kernel was running, its call ends early; all
 * other faults go to the JVM's own handler.
 */
final class SigbusHandler {
    private static final int SIGBUS = 7;
    private static final long ACTION_BYTES = 152; // struct sigaction of x86-64 Linux: handler, mask of 128 bytes, flags, restorer
    private static final int RIP = 168; // in ucontext_t

    private SigbusHandler() {}

    /** Installs the handler for the code from {@code start} to {@code end}: a fault there resumes at {@code recovery}. */
    static void raise(long start, long end, long recovery) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment action = arena.allocate(ACTION_BYTES, Long.BYTES);
            if (!LibC.sigaction(SIGBUS, 0, action.address())) {
                throw new UnsupportedException("the handler of SIGBUS cannot be read");
            }
            byte[] code = handler(start, end, recovery, action.get(JAVA_LONG, 0));
            long handler = LibC.reserve(code.length);
            boolean written = handler != -1 && LibC.protect(handler, code.length, LibC.READ | LibC.WRITE);
            if (written) {
                LibC.copy(code, handler);
                written = LibC.protect(handler, code.length, LibC.READ | LibC.EXECUTE);
            }
            if (!written) {
                throw new UnsupportedException("the system does not let this process execute memory that it has written");
            }
            action.set(JAVA_LONG, 0, handler);
            if (!LibC.sigaction(SIGBUS, action.address(), 0)) {
                throw new UnsupportedException("the handler of SIGBUS cannot be set");
            }
        }
    }

    /** handler(RDI = signal, RSI = information, RDX = context). */
    private static byte[] handler(long start, long end, long recovery, long previous) {
        Assembler code = new Assembler();
        Label other = code.label();
        code.mov(Gpr.RAX, Mem.at(Gpr.RDX, RIP));
        code.mov(Gpr.RCX, start);
        code.cmp(Gpr.RAX, Gpr.RCX);
        code.jump(Condition.BELOW, other);
        code.mov(Gpr.RCX, end);
        code.cmp(Gpr.RAX, Gpr.RCX);
        code.jump(Condition.ABOVE_OR_EQUAL, other);
        code.mov(Gpr.RAX, recovery);
        code.mov(Mem.at(Gpr.RDX, RIP), Gpr.RAX);
        code.ret();
        code.bind(other);
        code.mov(Gpr.RAX, previous);
        code.jmp(Gpr.RAX);
        return code.finish();
    }
}
