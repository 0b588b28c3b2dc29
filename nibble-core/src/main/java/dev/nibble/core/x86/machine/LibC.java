package dev.nibble.core.x86.machine;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The C library functions in use. All calls, including those of kernels, share one signature (three addresses and three longs to a long):
 * another would cost milliseconds of start-up.
 */
final class LibC {
    static final int READ = 1;
    static final int WRITE = 2;
    static final int EXECUTE = 4;
    private static final long PRIVATE_ANONYMOUS = 0x22;
    private static final long NO_RESERVE = 0x4000;

    private static final Linker LINKER = Linker.nativeLinker();
    @SuppressWarnings("restricted")
    private static final MethodHandle CALL = LINKER.downcallHandle(
            FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    @SuppressWarnings("restricted")
    private static final MethodHandle CALL_CRITICAL = LINKER.downcallHandle(
            FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG), Linker.Option.critical(true));
    private static final MemorySegment MMAP = find("mmap");
    private static final MemorySegment MPROTECT = find("mprotect");
    private static final MemorySegment SIGACTION = find("sigaction");
    private static final MemorySegment SYSCALL = find("syscall");
    private static final long ARCH_PRCTL = 158;
    private static final long REQUEST_STATE = 0x1023;
    private static final long TILE_DATA = 18;

    private LibC() {}

    private static MemorySegment find(String name) {
        return LINKER.defaultLookup().find(name).orElseThrow(() -> new UnsatisfiedLinkError("no function " + name));
    }

    /** Calls the code at {@code function}; the segments stay open meanwhile. The caller is responsible for valid arguments. */
    static long call(MemorySegment function, MemorySegment a, MemorySegment b, MemorySegment c, long d, long e, long f) {
        try {
            return (long) CALL.invokeExact(function, a, b, c, d, e, f);
        } catch (RuntimeException | Error ex) {
            throw ex;
        } catch (Throwable ex) {
            throw new AssertionError(ex);
        }
    }

    /** The same with heap arrays, which stay in place because the garbage collector waits. */
    static long callCritical(MemorySegment function, MemorySegment a, MemorySegment b, MemorySegment c, long d, long e, long f) {
        try {
            return (long) CALL_CRITICAL.invokeExact(function, a, b, c, d, e, f);
        } catch (RuntimeException | Error ex) {
            throw ex;
        } catch (Throwable ex) {
            throw new AssertionError(ex);
        }
    }

    private static long call(MemorySegment function, long a, long b, long c, long d, long e, long f) {
        return call(function, MemorySegment.ofAddress(a), MemorySegment.ofAddress(b), MemorySegment.ofAddress(c), d, e, f);
    }

    /** Reserves inaccessible address space. @return its address, or −1 */
    static long reserve(long bytes) {
        return call(MMAP, 0, bytes, 0, PRIVATE_ANONYMOUS | NO_RESERVE, -1, 0);
    }

    /** @return whether the protection was changed */
    static boolean protect(long address, long bytes, int use) {
        return (int) call(MPROTECT, address, bytes, use, 0, 0, 0) == 0;
    }

    /** sigaction(2). @param action and previous 0 for none */
    static boolean sigaction(int signal, long action, long previous) {
        return (int) call(SIGACTION, signal, action, previous, 0, 0, 0) == 0;
    }

    /** arch_prctl(2): requests permission for this process to use AMX tiles. @return whether it was granted */
    static boolean permitTiles() {
        return (int) call(SYSCALL, ARCH_PRCTL, REQUEST_STATE, TILE_DATA, 0, 0, 0) == 0;
    }

    /** Memory at an address that this package got from the system. */
    @SuppressWarnings("restricted")
    static MemorySegment memory(long address, long bytes) {
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    static void copy(byte[] code, long address) {
        MemorySegment.copy(code, 0, memory(address, code.length), ValueLayout.JAVA_BYTE, 0, code.length);
    }
}
