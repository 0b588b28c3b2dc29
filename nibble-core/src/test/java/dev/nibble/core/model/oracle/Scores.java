package dev.nibble.core.model.oracle;

/**
 * Causal attention: softmax of scaled products of queries with keys, times values.
 *
 * @param scale scale of the products
 * @param window query i attends to key j if i - j is less; 0: to all before it
 * @param cap scores become cap tanh(score / cap); 0: no cap
 * @param sinks one per head: an additional score without a value; empty: none
 * @param slopes one per head: slope times key position is added to the score; empty: none
 */
record Scores(double scale, int window, double cap, double[] slopes, double[] sinks) {
    Scores(double scale, int window, double cap, double[] slopes) {
        this(scale, window, cap, slopes, new double[0]);
    }

    static Scores of(double scale) {
        return new Scores(scale, 0, 0, new double[0]);
    }

    Scores sinking(double[] heads) {
        return new Scores(scale, window, cap, slopes, heads);
    }

    Scores within(int size) {
        return new Scores(scale, size, cap, slopes, sinks);
    }

    /** Queries [T][heads * headSize], keys and values [T][keyHeads * headSize]; consecutive query heads share a key head. */
    double[][] attend(double[][] queries, double[][] keys, double[][] values, int headSize) {
        int heads = queries[0].length / headSize;
        int sharing = heads / (keys[0].length / headSize);
        double[][] result = new double[queries.length][queries[0].length];
        for (int i = 0; i < queries.length; i++) {
            for (int h = 0; h < heads; h++) {
                int q = h * headSize;
                int k = h / sharing * headSize;
                int first = window == 0 ? 0 : Math.max(0, i - window + 1);
                double[] scores = new double[i + 1 - first + (sinks.length == 0 ? 0 : 1)];
                if (sinks.length > 0) {
                    scores[i + 1 - first] = sinks[h];
                }
                for (int j = first; j <= i; j++) {
                    double dot = 0;
                    for (int d = 0; d < headSize; d++) {
                        dot += queries[i][q + d] * keys[j][k + d];
                    }
                    double score = dot * scale;
                    if (cap != 0) {
                        score = cap * Math.tanh(score / cap);
                    }
                    scores[j - first] = slopes.length == 0 ? score : score + slopes[h] * j;
                }
                double[] shares = Arithmetic.softmax(scores);
                for (int j = first; j <= i; j++) {
                    for (int d = 0; d < headSize; d++) {
                        result[i][q + d] += shares[j - first] * values[j][k + d];
                    }
                }
            }
        }
        return result;
    }
}
