package dev.nibble.core.pipeline;

/**
 * Time of a repeated piece of work.
 *
 * @param seconds time of the fastest run
 * @param warmUp extra seconds of the first runs, while the JVM compiled the code
 */
record Pace(double seconds, double warmUp) {
    private static final double MIN_SECONDS = 0.25;
    private static final int MIN_RUNS = 5;
    private static final double MAX_SECONDS = 1;

    static Pace of(Runnable work) {
        double best = Double.POSITIVE_INFINITY;
        double all = 0;
        int times = 0;
        while ((times < MIN_RUNS || all < MIN_SECONDS) && all < MAX_SECONDS) {
            long start = System.nanoTime();
            work.run();
            double once = (System.nanoTime() - start) / 1e9;
            best = Math.min(best, once);
            all += once;
            times++;
        }
        return new Pace(best, all - times * best);
    }
}
