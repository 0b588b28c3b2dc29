package dev.nibble.core.quantization.grid;

/** From the smallest to the largest number that a grid is made for; finite. */
public record Range(double smallest, double largest) {
    public Range {
        if (!(smallest <= largest) || Double.isInfinite(smallest) || Double.isInfinite(largest)) {
            throw new IllegalArgumentException("a range from " + smallest + " to " + largest);
        }
    }

    /** Of some numbers. @throws IllegalArgumentException if there are none, or one is no number */
    public static Range of(float[] numbers, int from, int count) {
        double smallest = Double.POSITIVE_INFINITY;
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = from; i < from + count; i++) {
            if (Float.isNaN(numbers[i])) {
                throw new IllegalArgumentException("number " + i + " is NaN");
            }
            smallest = Math.min(smallest, numbers[i]);
            largest = Math.max(largest, numbers[i]);
        }
        return new Range(smallest, largest);
    }

    /** The smallest range that holds both. */
    public Range with(Range other) {
        return new Range(Math.min(smallest, other.smallest), Math.max(largest, other.largest));
    }

    /** Both ends multiplied. */
    public Range times(double factor) {
        return new Range(smallest * factor, largest * factor);
    }

    public double magnitude() {
        return Math.max(Math.abs(smallest), Math.abs(largest));
    }

    public double width() {
        return largest - smallest;
    }
}
