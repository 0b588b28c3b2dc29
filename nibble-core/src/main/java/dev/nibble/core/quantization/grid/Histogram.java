package dev.nibble.core.quantization.grid;

import java.util.Optional;

/** Counts of numbers in bins of one width, from the smallest to the largest seen. When the range grows, counts move to where their bin's middle is. */
final class Histogram {
    private final boolean magnitudes;
    private double[] counts;
    private Optional<Range> range = Optional.empty();
    private double total;

    /** @param magnitudes whether numbers are counted without their sign, from 0 on */
    Histogram(int bins, boolean magnitudes) {
        this.counts = new double[bins];
        this.magnitudes = magnitudes;
    }

    void add(float[] numbers, int from, int count) {
        if (count == 0) {
            return;
        }
        Range own = Range.of(numbers, from, count);
        Range seen = magnitudes ? new Range(0, own.magnitude()) : own;
        grow(range.map(seen::with).orElse(seen));
        for (int i = from; i < from + count; i++) {
            counts[bin(magnitudes ? Math.abs(numbers[i]) : numbers[i])]++;
        }
        total += count;
    }

    private void grow(Range wider) {
        Optional<Range> before = range;
        if (before.isPresent() && before.get().equals(wider)) {
            return;
        }
        double[] old = counts;
        double[] middles = new double[old.length];
        for (int i = 0; i < old.length && before.isPresent(); i++) {
            middles[i] = (edge(i) + edge(i + 1)) / 2;
        }
        range = Optional.of(wider);
        counts = new double[old.length];
        for (int i = 0; i < old.length && before.isPresent(); i++) {
            counts[bin(middles[i])] += old[i];
        }
    }

    private int bin(double number) {
        Range whole = range.orElseThrow();
        return whole.width() == 0
                ? 0
                : Math.clamp((long) ((number - whole.smallest()) / whole.width() * counts.length), 0, counts.length - 1);
    }

    int bins() {
        return counts.length;
    }

    double count(int bin) {
        return counts[bin];
    }

    double total() {
        return total;
    }

    /** Where a bin begins, and the one before ends. */
    double edge(int bin) {
        Range whole = range.orElseThrow();
        return whole.smallest() + whole.width() * bin / counts.length;
    }

    double width() {
        return range.orElseThrow().width() / counts.length;
    }
}
