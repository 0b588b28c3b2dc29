package dev.nibble.core.inference;

/** Waiting for threads that were told to end. */
final class Ended {
    private Ended() {}

    /** Waits until a thread has ended, even if this one is interrupted; it stays so. */
    static void await(Thread thread) {
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
}
