package dev.nibble.core.x86.machine;

import dev.nibble.error.UnsupportedException;
import java.util.Optional;

/**
 * This machine, once per process: its features and its code cache. Both are created on first use: before that no page is executable and no
 * signal handler is installed.
 *
 * @param known    whether kernels exist for this kind of machine
 * @param unsupportedReason why machine code cannot run here; then there are no features and no code cache
 */
public record Machine(boolean known, Optional<String> unsupportedReason, CpuFeatures features, Optional<CodeCache> space) {
    private static final String PROCESSOR = System.getProperty("os.arch");
    private static final String SYSTEM = System.getProperty("os.name");
    private static final Machine FORBIDDEN = without(false, "machine code is switched off in this process");

    private static volatile boolean allowed = true;

    private static final class Holder {
        static final Machine THIS = detect();
    }

    /** Sets whether this process may generate machine code from now on; existing code stays. */
    public static void allow(boolean machineCode) {
        allowed = machineCode;
    }

    /** Whether kernels exist for this kind of machine; detects nothing. */
    public static boolean isKnown() {
        return (PROCESSOR.equals("amd64") || PROCESSOR.equals("x86_64")) && SYSTEM.equals("Linux");
    }

    public static Machine detected() {
        return allowed ? Holder.THIS : FORBIDDEN;
    }

    private static Machine detect() {
        if (!isKnown()) {
            return without(false, "it is for x86-64 Linux, this is " + SYSTEM + " on " + PROCESSOR);
        }
        try {
            CodeCache space = CodeCache.open();
            return new Machine(true, Optional.empty(), CpuFeatures.detect(space), Optional.of(space));
        } catch (UnsupportedException e) {
            return without(true, e.getMessage());
        } catch (IllegalCallerException e) {
            return without(true, "this JVM was started without --enable-native-access");
        }
    }

    private static Machine without(boolean known, String unsupportedReason) {
        return new Machine(known, Optional.of(unsupportedReason), CpuFeatures.NONE, Optional.empty());
    }
}
