package dev.nibble.core.quantization.grid;

/** Counts all numbers in a {@link Histogram} and chooses the range from that. */
public final class HistogramObserver implements RangeObserver {
    /** How the range is chosen. */
    public sealed interface Choice {
        /** The least square error of a grid of so many bits, narrowing from both ends: PyTorch's {@code HistogramObserver}. */
        record SquareError(int bits) implements Choice {}

        /** The middle so many percent of the numbers, half of the rest cut off at each end. */
        record Percentile(double percent) implements Choice {}

        /**
         * The magnitude at which a symmetric grid of so many bits keeps most of the distribution, by the divergence of Kullback and Leibler:
         * the calibration of TensorRT (Migacz 2017).
         */
        record Entropy(int bits) implements Choice {}
    }

    private static final int BINS = 2048;

    private final Choice choice;
    private final Histogram histogram;

    public HistogramObserver(Choice choice) {
        this.choice = choice;
        boolean magnitudes = choice instanceof Choice.Entropy;
        this.histogram = new Histogram(BINS, magnitudes);
    }

    @Override
    public void observe(float[] numbers, int from, int count) {
        histogram.add(numbers, from, count);
    }

    @Override
    public Range range() {
        if (histogram.total() == 0) {
            throw new IllegalStateException("nothing was observed");
        }
        return switch (choice) {
            case Choice.SquareError min -> SquareErrorSearch.range(histogram, 1 << min.bits());
            case Choice.Percentile middle -> percentile(middle.percent());
            case Choice.Entropy divergence -> EntropySearch.range(histogram, 1 << (divergence.bits() - 1));
        };
    }

    private Range percentile(double percent) {
        if (!(percent > 0 && percent <= 100)) {
            throw new IllegalArgumentException(percent + " percent");
        }
        double cut = histogram.total() * (100 - percent) / 200;
        double below = 0;
        int first = 0;
        while (below + histogram.count(first) <= cut) {
            below += histogram.count(first++);
        }
        double above = 0;
        int last = BINS - 1;
        while (last > first && above + histogram.count(last) <= cut) {
            above += histogram.count(last--);
        }
        return new Range(histogram.edge(first), histogram.edge(last + 1));
    }
}
