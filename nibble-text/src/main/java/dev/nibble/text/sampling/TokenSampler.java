package dev.nibble.text.sampling;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Draws the tokens of one answer. The same options, seed and logits give the same tokens on every machine.
 *
 * <p>
 * The draw: u = (upper 53 bits of the next long of L64X128MixRandom) · 2^−53; the token is the first candidate at which the running sum of
 * weights e^(logit − largest) exceeds u · (their total), candidates in the order the steps left them.
 *
 * <p>
 * Memory: 24 bytes per token of the vocabulary, allocated once. One sampler per answer; not thread-safe.
 */
public final class TokenSampler {
    private static final String GENERATOR = "L64X128MixRandom";
    private static final int UNUSED_BITS = 11;
    private static final double UNIT = 0x1p-53;

    private final List<SamplerStep> steps;
    private final TokenConstraint constraint;
    private final Candidates candidates;
    private final SamplerState state;
    private final RandomGenerator random;

    /** A sampler with the options' steps; seed 0 if they have none. */
    public TokenSampler(SamplingOptions options, int vocabularySize) {
        this(options.steps(), options.seed().orElse(0), vocabularySize, TokenConstraint.none());
    }

    public TokenSampler(SamplingOptions options, int vocabularySize, TokenConstraint constraint) {
        this(options.steps(), options.seed().orElse(0), vocabularySize, constraint);
    }

    /** A sampler with the caller's steps, in their order. */
    public TokenSampler(List<SamplerStep> steps, long seed, int vocabularySize, TokenConstraint constraint) {
        Ranges.atLeast("vocabulary size", vocabularySize, 1);
        this.steps = List.copyOf(steps);
        this.constraint = constraint;
        this.candidates = new Candidates(vocabularySize);
        this.state = new SamplerState(vocabularySize);
        this.random = RandomGeneratorFactory.of(GENERATOR).create(seed);
    }

    /** Adds a token of the prompt to the history that the penalties use. */
    public void accept(int token) {
        if (token < 0 || token >= candidates.vocabularySize()) {
            throw new IllegalArgumentException("token " + token + " in a vocabulary of " + candidates.vocabularySize());
        }
        state.history().add(token);
    }

    /**
     * Draws the next token and passes it to the history and the constraint.
     *
     * @param logits one per token of the vocabulary; not changed
     * @throws IllegalArgumentException if a logit is NaN or +Infinity or all are −Infinity, before or after constraint, bias and penalties
     */
    public int next(float[] logits) {
        float[] own = candidates.load(logits);
        candidates.refuseUnusable();
        constraint.mask(own);
        for (SamplerStep step : steps) {
            step.apply(candidates, state);
        }
        int token = draw();
        state.history().add(token);
        constraint.accept(token);
        return token;
    }

    /** Draws like {@link #next} and reports the token's log probability and the {@code alternatives} most probable tokens. */
    public TokenChoice choose(float[] logits, int alternatives) {
        Ranges.atLeast("number of alternatives", alternatives, 0);
        int token = next(logits);
        candidates.load(logits);
        double logTotal = StrictMath.log(candidates.weigh());
        List<TokenChoice.Alternative> top = new ArrayList<>();
        candidates.keepTop(Math.max(1, alternatives));
        double largest = candidates.logit(0);
        for (int i = 0; i < Math.min(alternatives, candidates.count()); i++) {
            top.add(new TokenChoice.Alternative(candidates.id(i), (float) (candidates.logit(i) - largest - logTotal)));
        }
        return new TokenChoice(token, (float) (logits[token] - largest - logTotal), top);
    }

    /** Returns whether the constraint allows no further token, so that the answer is over. */
    public boolean exhausted() {
        return constraint.exhausted();
    }

    private int draw() {
        double total = candidates.weigh();
        double target = (random.nextLong() >>> UNUSED_BITS) * UNIT * total;
        int chosen = 0;
        double sum = 0;
        for (int i = 0; i < candidates.count(); i++) {
            double weight = candidates.weight(i);
            if (weight > 0) {
                chosen = i;
                sum += weight;
                if (sum > target) {
                    break;
                }
            }
        }
        double probability = candidates.weight(chosen) / total;
        for (SamplerStep step : steps) {
            step.drawn(probability, state);
        }
        return candidates.id(chosen);
    }
}
