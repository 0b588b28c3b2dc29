package dev.nibble.core.evaluation;

import dev.nibble.Divergence;
import dev.nibble.core.kernel.Stage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Accumulates the divergences of single tokens, eight bytes each. */
final class DivergenceSum {
    private final Windows windows;
    private final PerplexityRun base;
    private final PerplexityRun model;
    private final double[] kl;
    private final Stage silent = Stage.silent();
    private int count;
    private long agreed;
    private double klSquares;
    private double difference;
    private double differenceSquares;
    private double deltaP;
    private double deltaPSquares;
    private double cosine;

    DivergenceSum(Windows windows) {
        this.windows = windows;
        base = new PerplexityRun(windows);
        model = new PerplexityRun(windows);
        kl = new double[Math.toIntExact(windows.scored())];
    }

    void add(TokenDivergence token, Stage stage) {
        base.add(token.window(), token.position(), token.baseNll(), silent);
        model.add(token.window(), token.position(), token.nll(), stage);
        kl[count++] = token.kl();
        klSquares += token.kl() * token.kl();
        agreed += token.best() == token.baseBest() ? 1 : 0;
        double more = token.nll() - token.baseNll();
        difference += more;
        differenceSquares += more * more;
        deltaP += token.deltaP();
        deltaPSquares += token.deltaP() * token.deltaP();
        cosine += token.cosine();
    }

    Divergence result() {
        if (count != kl.length) {
            throw new IllegalStateException(count + " of " + kl.length + " tokens of " + windows.count() + " windows");
        }
        double meanKl = Arrays.stream(kl).sum() / count;
        double meanMore = difference / count;
        double ratio = Math.exp(meanMore);
        double agreement = (double) agreed / count;
        Percentiles percentiles = new Percentiles(kl);
        List<Double> at = new ArrayList<>();
        for (double fraction : Divergence.FRACTIONS) {
            at.add(percentiles.at(fraction));
        }
        return new Divergence(base.result(), model.result(), ratio, ratio * error(meanMore, differenceSquares), meanKl,
                error(meanKl, klSquares), at, percentiles.largest(), agreement, error(agreement, (double) agreed), deltaP / count,
                Math.sqrt(deltaPSquares / count), cosine / count);
    }

    /** Standard error of a mean. */
    private double error(double mean, double squares) {
        return count > 1 ? Math.sqrt(Math.max(0, squares / count - mean * mean) / (count - 1)) : 0;
    }
}
