package dev.nibble.core.pipeline;

/**
 * How long a piece of work takes when it is done again and again.
 *
 * @param seconds once, at its fastest
 * @param warmUp  seconds that the first times took beyond that, while the JVM compiled the code
 */
record Pace(double seconds, double warmUp) {
    private static final double ENOUGH = 0.25;
    private static final int FEWEST = 5;
    private static final double TOO_LONG = 1;

    static Pace of(Runnable work) {
        double best = Double.POSITIVE_INFINITY;
        double all = 0;
        int times = 0;
        while ((times < FEWEST || all < ENOUGH) && all < TOO_LONG) {
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
