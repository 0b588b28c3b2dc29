package dev.nibble.text.sampling;

import java.util.Arrays;

/**
 * Keeps the candidates whose surprise −ln p is nearest to the entropy, up to and including the one at which their probabilities sum to p
 * (locally typical sampling, Meister et al. 2022). On ties the more probable comes first.
 *
 * @param p above 0; 1 = off
 */
public record TypicalP(float p) implements SamplerStep {
    public TypicalP {
        Ranges.above("typical-p", p, 0);
        Ranges.within("typical-p", p, 0, 1);
    }

    @Override
    public void apply(Candidates candidates, SamplerState state) {
        if (p >= 1) {
            return;
        }
        candidates.keepTop(candidates.count());
        double total = candidates.weigh();
        double[] surprises = new double[candidates.count()];
        double entropy = 0;
        for (int i = 0; i < surprises.length; i++) {
            surprises[i] = StrictMath.log(total) - ((double) candidates.logit(i) - candidates.logit(0));
            entropy += candidates.weight(i) == 0 ? 0 : candidates.weight(i) / total * surprises[i];
        }
        candidates.keepOnly(nearest(candidates, surprises, entropy, p * total));
    }

    private static boolean[] nearest(Candidates candidates, double[] surprises, double entropy, double mass) {
        long[] order = new long[surprises.length];
        for (int i = 0; i < order.length; i++) {
            order[i] = (long) Float.floatToRawIntBits((float) Math.abs(surprises[i] - entropy)) << 32 | i;
        }
        Arrays.sort(order);
        boolean[] kept = new boolean[order.length];
        double sum = 0;
        for (int i = 0; i < order.length && (i == 0 || sum < mass); i++) {
            kept[(int) order[i]] = true;
            sum += candidates.weight((int) order[i]);
        }
        return kept;
    }
}
