package dev.nibble.core.codec;

import java.util.Arrays;

/**
 * Finds points of a grid. A vector is first rounded to levels, coordinate by coordinate. If those levels are a point of the grid, it is the
 * result; otherwise the candidates are the points nearest to the rounded vector, from precomputed lists.
 *
 * <p>
 * The lists are those of ggml's {@code iq2xs_init_impl} and {@code iq3xs_init_impl}: all points at the few smallest distances that occur,
 * by distance, then by index. Their order decides between equally good points.
 */
public final class GridSearch {
    private final Grid grid;
    private final int dimension;
    private final int base;
    private final int[] places; // by the levels as digits of an index, first digit highest: a point, or −1 − the start of its list
    private short[] lists; // each a count and that many points
    private int end;

    /** @param shells number of distinct distances in a list */
    GridSearch(Grid grid, int shells) {
        this.grid = grid;
        dimension = grid.dimension();
        base = grid.topLevel() + 1;
        places = new int[power(base, dimension)];
        lists = new short[16 * places.length];
        Arrays.fill(places, -1);
        for (int point = 0; point < grid.points(); point++) {
            places[number(grid.levels(), point * dimension, dimension)] = point;
        }
        list(grid, shells);
    }

    /** The index whose digits are these levels. */
    private int number(byte[] levels, int from, int count) {
        int number = 0;
        for (int i = from; i < from + count; i++) {
            number = number * base + levels[i];
        }
        return number;
    }

    /**
     * Lists the neighbours of all level vectors that are not points. A distance is the sum of those of the first and the second half of the
     * coordinates.
     */
    private void list(Grid grid, int shells) {
        int half = dimension / 2;
        int halves = power(base, half);
        int[][] distances = distances(half, halves);
        int[] first = new int[grid.points()];
        int[] second = new int[grid.points()];
        for (int point = 0; point < grid.points(); point++) {
            first[point] = number(grid.levels(), point * dimension, half);
            second[point] = number(grid.levels(), point * dimension + half, half);
        }
        int[] near = new int[grid.points()];
        int[] count = new int[dimension * base * base];
        for (int place = 0; place < places.length; place++) {
            if (places[place] < 0) {
                int[] toFirst = distances[place / halves];
                int[] toSecond = distances[place % halves];
                Arrays.fill(count, 0);
                for (int point = 0; point < near.length; point++) {
                    near[point] = toFirst[first[point]] + toSecond[second[point]];
                    count[near[point]]++;
                }
                places[place] = -1 - end;
                append(near, count, shells);
            }
        }
        lists = Arrays.copyOf(lists, end);
    }

    /**
     * Appends the points within the {@code shells} smallest of these distances. {@code count} holds the points at each distance and is
     * overwritten.
     */
    private void append(int[] distances, int[] count, int shells) {
        int start = end++;
        int limit = 0;
        for (int found = 0; limit < count.length && found < shells; limit++) {
            int points = count[limit];
            count[limit] = end; // where the next point at that distance goes
            end += points;
            found += points > 0 ? 1 : 0;
        }
        if (end > lists.length) {
            lists = Arrays.copyOf(lists, 2 * end);
        }
        lists[start] = (short) (end - start - 1);
        for (int point = 0; point < distances.length; point++) {
            if (distances[point] < limit) {
                lists[count[distances[point]]++] = (short) point;
            }
        }
    }

    /** Squared distances between vectors of {@code digits} levels, by their numbers. */
    private int[][] distances(int digits, int numbers) {
        int[][] distances = new int[numbers][numbers];
        for (int a = 0; a < numbers; a++) {
            for (int b = 0; b < numbers; b++) {
                int restA = a;
                int restB = b;
                for (int i = 0; i < digits; i++) {
                    int difference = restA % base - restB % base;
                    distances[a][b] += difference * difference;
                    restA /= base;
                    restB /= base;
                }
            }
        }
        return distances;
    }

    private static int power(int base, int exponent) {
        int power = 1;
        for (int i = 0; i < exponent; i++) {
            power *= base;
        }
        return power;
    }

    /** The index of the levels that the magnitudes at {@code x[from…]} are rounded to. */
    int round(float[] x, int from, float inverse) {
        int number = 0;
        for (int i = from; i < from + dimension; i++) {
            int level = Rounding.halfEven(0.5f * (inverse * x[i] - 1));
            number = number * base + Math.max(0, Math.min(base - 1, level));
        }
        return number;
    }

    /** The index of the given levels. */
    int number(byte[] levels, int from) {
        return number(levels, from, dimension);
    }

    /** Number of indices of level vectors. */
    public int numbers() {
        return places.length;
    }

    /** The point with the levels of this index, or −1. */
    public int point(int number) {
        return Math.max(-1, places[number]);
    }

    /** Number of neighbours listed for an index that is not a point. */
    public int neighbours(int number) {
        return lists[-1 - places[number]];
    }

    /** A neighbour of an index that is not a point, in order of distance. */
    public int neighbour(int number, int i) {
        return lists[-places[number] + i];
    }

    public Grid grid() {
        return grid;
    }

    /** Chooses among neighbours. All implementations give the same results. */
    public interface Nearest {
        /**
         * The neighbour with the smallest weighted square error, for the vector at {@code x[from…]}; the first of equals, and the first of all if
         * every error is NaN.
         *
         * @param number      index of levels that are not a point
         * @param weightsFrom start of the vector's weights in {@code weights}
         * @param ofLevel     the values of the levels before they are multiplied by {@code scale}; sixteen long, repeating
         */
        int nearest(int number, float[] x, int from, float scale, float[] weights, int weightsFrom, float[] ofLevel);
    }

    /** The choice in plain code, one neighbour after another. */
    public Nearest plain() {
        return this::nearest;
    }

    private int nearest(int number, float[] x, int from, float scale, float[] weights, int weightsFrom, float[] ofLevel) {
        byte[] levels = grid.levels();
        float best = Float.MAX_VALUE;
        int nearest = neighbour(number, 0);
        for (int n = 0; n < neighbours(number); n++) {
            int at = neighbour(number, n) * dimension;
            float error = 0;
            for (int j = 0; j < dimension; j++) {
                float difference = scale * ofLevel[levels[at + j]] - x[from + j];
                error += weights[weightsFrom + j] * difference * difference;
            }
            if (error < best) {
                best = error;
                nearest = neighbour(number, n);
            }
        }
        return nearest;
    }
}
