package dev.nibble.core.kernel;

import java.io.IOException;

/** Waiting for threads to end, and rethrowing their failures. */
public final class Threads {
    private Threads() {}

    /** Waits until a thread has ended, even if this one is interrupted; its interrupt status is kept. */
    public static void joinUninterruptibly(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Throws the failure of another thread, unchanged, of whatever type. */
    public static void rethrow(Throwable failure) throws IOException {
        switch (failure) {
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(failure);
        }
    }
}
