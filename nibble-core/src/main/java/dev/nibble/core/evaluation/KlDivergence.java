package dev.nibble.core.evaluation;

import dev.nibble.Divergence;
import dev.nibble.ProgressListener;
import dev.nibble.core.inference.LogSoftmax;
import dev.nibble.core.inference.LogitsRun;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Stage;
import dev.nibble.core.model.Model;
import dev.nibble.core.tensor.Codec;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;

/** Runs a model over the text of a base file and compares the two, token by token. Kullback–Leibler: {@code Σ p · log(p / q)}, p of the base, q of
 * the model. */
public final class KlDivergence {
    private final BaseFile base;
    private final LogProbabilityRow row;

    private KlDivergence(BaseFile base) {
        this.base = base;
        this.row = new LogProbabilityRow(base.vocabulary());
    }

    /**
     * @param kvCodec codec of the KV cache
     * @param perToken receives every scored token, in order
     * @throws UnsupportedException if the models do not share a vocabulary
     */
    public static Divergence of(BaseFile base, Model model, Codec kvCodec, Consumer<TokenDivergence> perToken, ProgressListener listener)
            throws IOException {
        if (model.vocabulary() != base.vocabulary()) {
            throw new UnsupportedException("the base has a vocabulary of " + base.vocabulary() + " tokens, the model one of "
                    + model.vocabulary() + "; only models with the same vocabulary can be compared");
        }
        KlDivergence divergence = new KlDivergence(base);
        Windows windows = base.windows();
        DivergenceSum sum = new DivergenceSum(windows);
        Stage stage = new Stage(listener, "comparing", "tokens", windows.computed());
        try {
            new LogitsRun(model, windows.tokens(), windows.firstScored(), kvCodec).run((window, position, logits, i) -> {
                base.read(window, position, divergence.row);
                TokenDivergence token = divergence.token(window, position, logits, i);
                sum.add(token, stage);
                perToken.accept(token);
            }, stage);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return sum.result();
    }

    private TokenDivergence token(int window, int position, Matrix logits, int i) {
        float[] data = logits.data();
        int from = logits.at(i);
        int token = base.windows().tokens().get(window)[position];
        int best = LogSoftmax.largest(data, from, logits.columns());
        double logSum = LogSoftmax.logSum(data, from, logits.columns());
        double[] p = row.probabilities();
        double[] logP = row.logProbabilities();
        double kl = 0;
        for (int k = 0; k < p.length; k++) {
            if (p[k] > 0) {
                kl += p[k] * (logP[k] - (data[from + k] - logSum));
            }
        }
        return new TokenDivergence(window, position, token, row.nll(), logSum - data[from + token], Math.max(0, kl), row.best(), best,
                cosine(logP, data, from));
    }

    private static double cosine(double[] p, float[] q, int from) {
        double meanP = 0;
        double meanQ = 0;
        for (int k = 0; k < p.length; k++) {
            meanP += p[k];
            meanQ += q[from + k];
        }
        meanP /= p.length;
        meanQ /= p.length;
        double both = 0;
        double squaresP = 0;
        double squaresQ = 0;
        for (int k = 0; k < p.length; k++) {
            double x = p[k] - meanP;
            double y = q[from + k] - meanQ;
            both += x * y;
            squaresP += x * x;
            squaresQ += y * y;
        }
        return squaresP == 0 || squaresQ == 0 ? 1 : both / Math.sqrt(squaresP * squaresQ);
    }
}
