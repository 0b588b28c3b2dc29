package dev.nibble.core.quantization.grid;

/** The magnitude at which a distribution, cut off there and put into a few levels, diverges least from itself. */
final class EntropySearch {
    private EntropySearch() {}

    /** @param levels on one side of zero */
    static Range range(Histogram magnitudes, int levels) {
        int bins = magnitudes.bins();
        double min = Double.POSITIVE_INFINITY;
        int best = bins;
        for (int kept = Math.min(levels, bins); kept <= bins; kept++) {
            double divergence = divergence(magnitudes, kept, levels);
            if (divergence < min) {
                min = divergence;
                best = kept;
            }
        }
        double limit = magnitudes.edge(best);
        return new Range(-limit, limit);
    }

    private static double divergence(Histogram magnitudes, int kept, int levels) {
        double beyond = 0;
        for (int i = kept; i < magnitudes.bins(); i++) {
            beyond += magnitudes.count(i);
        }
        double inside = 0;
        for (int i = 0; i < kept; i++) {
            inside += magnitudes.count(i);
        }
        if (inside == 0) {
            return Double.POSITIVE_INFINITY;
        }
        double total = inside + beyond;
        double divergence = 0;
        for (int level = 0; level < levels; level++) {
            int from = (int) ((long) level * kept / levels);
            int to = (int) ((long) (level + 1) * kept / levels);
            double sum = 0;
            int filled = 0;
            for (int i = from; i < to; i++) {
                sum += magnitudes.count(i);
                filled += magnitudes.count(i) > 0 ? 1 : 0;
            }
            for (int i = from; i < to; i++) {
                // what is cut off is seen at the last bin of the original, and not in the levels
                double original = magnitudes.count(i) + (i == kept - 1 ? beyond : 0);
                double spread = magnitudes.count(i) > 0 ? sum / filled : 0;
                if (original > 0) {
                    divergence += spread == 0
                            ? Double.POSITIVE_INFINITY
                            : original / total * Math.log(original / total / (spread / inside));
                }
            }
        }
        return divergence;
    }
}
