package dev.nibble.core.evaluation;

import dev.nibble.core.inference.LogSoftmax;
import dev.nibble.core.kernel.Matrix;
import java.nio.ByteBuffer;

/**
 * Next-token distribution in two bytes per vocabulary entry: each logit's gap below the largest, with fine steps near the top and coarse
 * ones in the tail:
 *
 * <pre>
 *   f64      nll       −log p of the actual token
 *   f32      range     largest gap, at most 64
 *   i32      best      most probable token
 *   u16[V]   code      gap = range · (code / 65535)²
 * </pre>
 *
 * <p>
 * The error of a gap g is at most {@code √(g · range) / 65535}: 0.0001 at a third of the largest probability, 0.0005 at 10⁻⁷ of it. Rows
 * are normalised again when read: a model's divergence from itself is a second-order error, below 10⁻⁸ nats.
 */
final class LogProbabilityRow {
    private static final double MAX_GAP = 64; // e^−64 is negligible, even summed over 200,000 tokens
    private static final int STEPS = 65535;
    private static final int HEAD = Double.BYTES + Float.BYTES + Integer.BYTES;

    private final double[] logProbabilities;
    private final double[] probabilities;
    private double nll;
    private double range;
    private int best;

    LogProbabilityRow(int vocabulary) {
        logProbabilities = new double[vocabulary];
        probabilities = new double[vocabulary];
    }

    static int bytes(int vocabulary) {
        return Math.addExact(HEAD, Math.multiplyExact(vocabulary, Short.BYTES));
    }

    /** Writes a row of logits. @return the nll of {@code token} */
    static double write(Matrix logits, int row, int token, ByteBuffer target) {
        float[] data = logits.data();
        int from = logits.at(row);
        int best = LogSoftmax.largest(data, from, logits.columns());
        double nll = PerplexityRun.negativeLogLikelihood(logits, row, token);
        float top = data[from + best];
        double range = 0;
        for (int i = from; i < from + logits.columns(); i++) {
            range = Math.max(range, Math.min(MAX_GAP, (double) top - data[i]));
        }
        float stored = (float) range;
        target.putDouble(nll).putFloat(stored).putInt(best);
        double scale = range == 0 ? 0 : 1 / range;
        for (int i = from; i < from + logits.columns(); i++) {
            double gap = Math.min(range, (double) top - data[i]);
            target.putShort((short) Math.round(Math.sqrt(gap * scale) * STEPS));
        }
        return nll;
    }

    /** Reads what {@link #write} wrote. */
    void read(ByteBuffer source) {
        nll = source.getDouble();
        range = source.getFloat();
        best = source.getInt();
        double step = range / ((double) STEPS * STEPS);
        double sum = 0;
        for (int i = 0; i < logProbabilities.length; i++) {
            int code = Short.toUnsignedInt(source.getShort());
            logProbabilities[i] = -step * code * code;
            probabilities[i] = Math.exp(logProbabilities[i]);
            sum += probabilities[i];
        }
        double logSum = Math.log(sum);
        for (int i = 0; i < logProbabilities.length; i++) {
            logProbabilities[i] -= logSum;
            probabilities[i] /= sum;
        }
    }

    boolean isSound() {
        return nll >= 0 && nll < Double.POSITIVE_INFINITY && best >= 0 && best < logProbabilities.length && range >= 0 && range <= MAX_GAP;
    }

    double[] logProbabilities() {
        return logProbabilities;
    }

    double[] probabilities() {
        return probabilities;
    }

    double nll() {
        return nll;
    }

    int best() {
        return best;
    }
}
