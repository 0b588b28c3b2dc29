package dev.nibble.core.kernel;

import java.io.IOException;

/** Waiting for threads that were told to end, and passing on what they ended with. */
public final class Threads {
    private Threads() {}

    /** Waits until a thread has ended, even if this one is interrupted; it stays so. */
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

    /** Throws what another thread failed with, unchanged, whatever kind it is of. */
    public static void rethrow(Throwable failure) throws IOException {
        switch (failure) {
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(failure);
        }
    }
}
