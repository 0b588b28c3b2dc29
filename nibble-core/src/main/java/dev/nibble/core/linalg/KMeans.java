package dev.nibble.core.linalg;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Clusters of points: Lloyd's algorithm from k-means++ seeds (Arthur and Vassilvitskii 2007). The same seed gives the same clusters.
 *
 * @param dimension numbers in a point
 * @param centers   {@code clusters × dimension}; ascending if one-dimensional
 * @param nearest   the cluster of every point
 * @param error     weighted sum of square distances to the centers
 */
public record KMeans(int dimension, float[] centers, int[] nearest, double error) {
    /**
     * @param points     {@code count × dimension}
     * @param weights    one per point, not negative; an empty array for equal weights
     * @param clusters   at least 1; with fewer distinct points some centers are equal
     * @param iterations at most; fewer if nothing moves
     */
    public static KMeans of(float[] points, int dimension, float[] weights, int clusters, int iterations, long seed) {
        if (dimension < 1 || points.length == 0 || points.length % dimension != 0 || clusters < 1) {
            throw new IllegalArgumentException(points.length + " numbers, points of " + dimension + ", " + clusters + " clusters");
        }
        int count = points.length / dimension;
        if (weights.length != 0 && weights.length != count) {
            throw new IllegalArgumentException(weights.length + " weights for " + count + " points");
        }
        float[] shares = weights.length == 0 ? ones(count) : weights;
        float[] centers = seeds(points, dimension, shares, clusters, new SplittableRandom(seed));
        sortIfScalar(centers, dimension);
        int[] nearest = new int[count];
        double error = assign(points, dimension, shares, centers, nearest);
        for (int i = 0; i < iterations; i++) {
            move(points, dimension, shares, centers, nearest);
            sortIfScalar(centers, dimension);
            double next = assign(points, dimension, shares, centers, nearest);
            boolean converged = !(next < error);
            error = next;
            if (converged) {
                break;
            }
        }
        return new KMeans(dimension, centers, nearest, error);
    }

    private static float[] ones(int count) {
        float[] ones = new float[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static void sortIfScalar(float[] centers, int dimension) {
        if (dimension == 1) {
            Arrays.sort(centers);
        }
    }

    /** Each seed is drawn with a chance proportional to its weighted distance from those before. */
    private static float[] seeds(float[] points, int dimension, float[] weights, int clusters, SplittableRandom random) {
        int count = weights.length;
        double[] chance = new double[count];
        double[] distance = new double[count];
        Arrays.fill(distance, 1);
        float[] centers = new float[Math.multiplyExact(clusters, dimension)];
        for (int cluster = 0; cluster < clusters; cluster++) {
            double total = 0;
            for (int i = 0; i < count; i++) {
                total += weights[i] * distance[i];
                chance[i] = total;
            }
            double drawn = random.nextDouble() * total;
            int found = Arrays.binarySearch(chance, drawn);
            int chosen = Math.min(found < 0 ? -found - 1 : found + 1, count - 1);
            System.arraycopy(points, chosen * dimension, centers, cluster * dimension, dimension);
            for (int i = 0; i < count; i++) {
                double now = squareDistance(points, i * dimension, centers, cluster * dimension, dimension);
                distance[i] = cluster == 0 ? now : Math.min(distance[i], now);
            }
        }
        return centers;
    }

    private static double assign(float[] points, int dimension, float[] weights, float[] centers, int[] nearest) {
        double error = 0;
        for (int i = 0; i < weights.length; i++) {
            double best = Double.POSITIVE_INFINITY;
            for (int cluster = 0; cluster < centers.length / dimension; cluster++) {
                double distance = squareDistance(points, i * dimension, centers, cluster * dimension, dimension);
                if (distance < best) {
                    best = distance;
                    nearest[i] = cluster;
                }
            }
            error += weights[i] * best;
        }
        return error;
    }

    /** A center without points stays where it is. */
    private static void move(float[] points, int dimension, float[] weights, float[] centers, int[] nearest) {
        double[] sums = new double[centers.length];
        double[] totals = new double[centers.length / dimension];
        for (int i = 0; i < weights.length; i++) {
            totals[nearest[i]] += weights[i];
            for (int d = 0; d < dimension; d++) {
                sums[nearest[i] * dimension + d] += (double) weights[i] * points[i * dimension + d];
            }
        }
        for (int i = 0; i < centers.length; i++) {
            double total = totals[i / dimension];
            centers[i] = total > 0 ? (float) (sums[i] / total) : centers[i];
        }
    }

    private static double squareDistance(float[] a, int from, float[] b, int at, int dimension) {
        double sum = 0;
        for (int d = 0; d < dimension; d++) {
            double difference = (double) a[from + d] - b[at + d];
            sum += difference * difference;
        }
        return sum;
    }
}
