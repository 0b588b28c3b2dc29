package dev.nibble.text.sampling;

/**
 * The tokens that may still be drawn, with their logits. Ordered by rising id until a step needs them by falling logit (ties by rising id);
 * all sums are taken in this order. A logit of −Infinity marks a token that cannot be drawn.
 */
public final class Candidates {
    private static final int FIRST_GUESS = 256;
    private static final int GROWTH = 8;
    private static final String NOTHING_LEFT = "no token can be drawn: constraint, bias and penalties ban them all";

    private final int[] ids;
    private final float[] logits;
    private final double[] weights;
    private final long[] keys; // see RankKeys
    private int count;
    private boolean everyToken; // then index = id, and ids is not filled
    private boolean sorted;

    Candidates(int vocabularySize) {
        ids = new int[vocabularySize];
        logits = new float[vocabularySize];
        weights = new double[vocabularySize];
        keys = new long[vocabularySize];
    }

    /** Function from a token and its logit to a new logit. */
    @FunctionalInterface
    interface Change {
        float apply(float logit);
    }

    /** Makes every token a candidate again and returns their logits by id, for masking. */
    float[] load(float[] newLogits) {
        if (newLogits.length != logits.length) {
            throw new IllegalArgumentException(newLogits.length + " logits for a vocabulary of " + logits.length + " tokens");
        }
        System.arraycopy(newLogits, 0, logits, 0, logits.length);
        count = logits.length;
        everyToken = true;
        sorted = false;
        return logits;
    }

    void refuseUnusable() {
        boolean any = false;
        for (int i = 0; i < count; i++) {
            float logit = logits[i];
            if (!(logit < Float.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("logit of token " + id(i) + " is " + logit + ", expected a finite number or -Infinity");
            }
            any |= logit > Float.NEGATIVE_INFINITY;
        }
        if (!any) {
            throw new IllegalArgumentException("no token can be drawn: all " + count + " logits are -Infinity");
        }
    }

    int vocabularySize() {
        return logits.length;
    }

    int count() {
        return count;
    }

    int id(int index) {
        return everyToken ? index : ids[index];
    }

    float logit(int index) {
        return logits[index];
    }

    /** Weight e^(logit − largest logit), as of the last {@link #weigh}. */
    double weight(int index) {
        return weights[index];
    }

    /** Changes the logit of a token if it is still a candidate. */
    void change(int token, Change change) {
        int index = indexOf(token);
        if (index < 0) {
            return;
        }
        float changed = change.apply(logits[index]);
        if (!(changed < Float.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("bias and penalties make the logit of token " + token + " " + changed + " (it was "
                    + logits[index] + ")");
        }
        logits[index] = changed;
        sorted = false;
    }

    private int indexOf(int token) {
        if (everyToken) {
            return token < count ? token : -1;
        }
        for (int i = 0; i < count; i++) {
            if (ids[i] == token) {
                return i;
            }
        }
        return -1;
    }

    /** Replaces every logit by (logit − largest) / divisor: only differences count, and these cannot overflow. */
    void divide(float divisor) {
        double largest = largest();
        for (int i = 0; i < count; i++) {
            logits[i] = (float) ((logits[i] - largest) / divisor);
        }
    }

    /** Computes the weights and returns their sum. */
    double weigh() {
        double largest = largest();
        double sum = 0;
        for (int i = 0; i < count; i++) {
            weights[i] = Exponential.of(logits[i] - largest);
            sum += weights[i];
        }
        return sum;
    }

    private float largest() {
        if (sorted) {
            return logits[0];
        }
        float largest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, logits[i]);
        }
        if (largest == Float.NEGATIVE_INFINITY) {
            throw new IllegalArgumentException(NOTHING_LEFT);
        }
        return largest;
    }

    /** The first {@code limit} logits by rank. */
    float[] topLogits(int limit) {
        float[] top = new float[rank(Math.min(limit, count))];
        for (int i = 0; i < top.length; i++) {
            top[i] = RankKeys.logit(keys[i]);
        }
        return top;
    }

    /** Keeps the first {@code limit} by rank, in this order. */
    void keepTop(int limit) {
        if (sorted) {
            count = Math.min(count, limit);
        } else {
            keepRanked(rank(Math.min(limit, count)));
        }
    }

    /** Keeps the first by rank up to and including the one that reaches this part of the total weight. */
    void keepMass(double part) {
        double mass = part * weigh();
        double largest = largest();
        for (int guess = Math.min(count, FIRST_GUESS);; guess = (int) Math.min(count, (long) guess * GROWTH)) {
            int ranked = rank(guess);
            double sum = 0;
            for (int i = 0; i < ranked; i++) {
                sum += Exponential.of(RankKeys.logit(keys[i]) - largest);
                if (sum >= mass) {
                    keepRanked(i + 1);
                    return;
                }
            }
            if (guess == count) { // the sum in another order may fall short by rounding
                keepRanked(ranked);
                return;
            }
        }
    }

    /** Keeps the candidates whose logit is at most {@code -logRatio} below the largest. */
    void keepWithin(double logRatio) {
        double largest = largest();
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (logits[i] - largest >= logRatio) {
                move(i, kept++);
            }
        }
        cut(kept);
    }

    /** Keeps the candidates whose index is marked true. */
    void keepOnly(boolean[] chosen) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (chosen[i]) {
                move(i, kept++);
            }
        }
        cut(kept);
    }

    private void move(int from, int to) {
        ids[to] = id(from);
        logits[to] = logits[from];
    }

    private void cut(int kept) {
        everyToken = false;
        count = kept;
        if (count == 0) {
            throw new IllegalStateException("a sampler step kept no candidate");
        }
    }

    /** Puts the keys of the first {@code limit} by rank into {@code keys}, in order; returns their number. */
    private int rank(int limit) {
        int ranked = RankKeys.first(limit, count, this::id, logits, keys);
        if (ranked == 0) {
            throw new IllegalArgumentException(NOTHING_LEFT);
        }
        return ranked;
    }

    private void keepRanked(int kept) {
        for (int i = 0; i < kept; i++) {
            ids[i] = RankKeys.id(keys[i]);
            logits[i] = RankKeys.logit(keys[i]);
        }
        everyToken = false;
        count = kept;
        sorted = true;
    }
}
