package dev.nibble.core.quantization.grid;

/**
 * The range of a histogram with the least square error of an even grid, as PyTorch's {@code HistogramObserver} searches it: the end whose
 * next share of the numbers reaches over more bins is cut, as long as the error falls.
 */
final class SquareErrorSearch {
    private static final double SHARE = 1e-5;

    private SquareErrorSearch() {}

    static Range range(Histogram histogram, int levels) {
        double[] sums = new double[histogram.bins()];
        double sum = 0;
        for (int i = 0; i < sums.length; i++) {
            sum += histogram.count(i);
            sums[i] = sum;
        }
        int first = 0;
        int last = sums.length - 1;
        double low = 0;
        double high = 1;
        double min = Double.POSITIVE_INFINITY;
        while (low < high) {
            int left = first;
            int right = last;
            while (left < last && sums[left] < (low + SHARE) * sum) {
                left++;
            }
            while (right > first && sums[right] > (high - SHARE) * sum) {
                right--;
            }
            boolean cutLeft = left - first > last - right;
            int nextFirst = cutLeft ? left : first;
            int nextLast = cutLeft ? last : right;
            low += cutLeft ? SHARE : 0;
            high -= cutLeft ? 0 : SHARE;
            if (nextFirst == first && nextLast == last) {
                continue;
            }
            double error = error(histogram, nextFirst, nextLast, levels);
            if (error > min) {
                break;
            }
            min = error;
            first = nextFirst;
            last = nextLast;
        }
        return new Range(histogram.edge(first), histogram.edge(last + 1));
    }

    /** Of all bins, each taken as evenly filled, on a grid whose levels are the middles of equal cells of bins {@code first} to {@code last}. */
    private static double error(Histogram histogram, int first, int last, int levels) {
        double width = histogram.width();
        double cell = width * (last - first + 1) / levels;
        if (cell == 0) {
            return 0;
        }
        double error = 0;
        for (int bin = 0; bin < histogram.bins(); bin++) {
            double begin = (bin - first) * width;
            double end = begin + width;
            double beginCell = Math.clamp(Math.floor(begin / cell), 0.0, levels - 1);
            double endCell = Math.clamp(Math.floor(end / cell), 0.0, levels - 1);
            double cubes = cubes(begin - (beginCell + 0.5) * cell, cell / 2) + (endCell - beginCell - 1) * cubes(-cell / 2, cell / 2)
                    + cubes(-cell / 2, end - (endCell + 0.5) * cell);
            error += histogram.count(bin) / width * cubes;
        }
        return error;
    }

    /** The integral of x². */
    private static double cubes(double from, double to) {
        return (to * to * to - from * from * from) / 3;
    }
}
