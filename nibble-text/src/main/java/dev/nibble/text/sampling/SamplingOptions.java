package dev.nibble.text.sampling;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Options of token sampling; {@link #DEFAULTS} are llama.cpp's. Created by {@link #builder} or from others by the methods {@code with…}.
 *
 * @param temperature      0 = greedy: the largest logit after bias and penalties, nothing is drawn
 * @param topK             0 = off
 * @param topP             1 = off
 * @param minP             0 = off
 * @param typicalP         1 = off
 * @param repeatPenalty    1 = off
 * @param repeatLastN      number of last tokens the three penalties consider; 0 = none, −1 = all
 * @param frequencyPenalty 0 = off
 * @param presencePenalty  0 = off
 * @param logitBias        token id to the value added to its logit; −Infinity bans the token
 * @param mirostat         0 = off; 1 or 2 = its version, which then replaces top-k, typical-p, top-p and min-p
 * @param mirostatTau      target surprise, bits
 * @param mirostatEta      learning rate
 * @param seed             seed of the draws; empty = a fresh one for every answer
 */
public record SamplingOptions(float temperature, int topK, float topP, float minP, float typicalP, float repeatPenalty, int repeatLastN,
        float frequencyPenalty, float presencePenalty, Map<Integer, Float> logitBias, int mirostat, float mirostatTau, float mirostatEta,
        OptionalLong seed) {
    public static final SamplingOptions DEFAULTS = new SamplingOptions(0.8f, 40, 0.95f, 0.05f, 1, 1, 64, 0, 0, Map.of(), 0, 5, 0.1f,
            OptionalLong.empty());
    public static final SamplingOptions GREEDY = DEFAULTS.withTemperature(0);

    /** @throws IllegalArgumentException naming the option, its value and its range */
    public SamplingOptions {
        logitBias = Map.copyOf(logitBias);
        if (mirostat < 0 || mirostat > 2) {
            throw new IllegalArgumentException("mirostat is " + mirostat + ", expected 0 (off), 1 or 2");
        }
        new Temperature(temperature);
        new TopK(topK);
        new TopP(topP);
        new MinP(minP);
        new TypicalP(typicalP);
        new Penalties(repeatPenalty, repeatLastN, frequencyPenalty, presencePenalty);
        new LogitBias(logitBias);
        new MirostatV2(mirostatTau, mirostatEta);
    }

    /** The enabled steps in llama.cpp's order: bias, penalties, top-k, typical-p, top-p, min-p, temperature. */
    public List<SamplerStep> steps() {
        List<SamplerStep> steps = new ArrayList<>();
        add(steps, !logitBias.isEmpty(), new LogitBias(logitBias));
        add(steps, (repeatPenalty != 1 || frequencyPenalty != 0 || presencePenalty != 0) && repeatLastN != 0,
                new Penalties(repeatPenalty, repeatLastN, frequencyPenalty, presencePenalty));
        if (temperature > 0 && mirostat == 0) {
            add(steps, topK > 0, new TopK(topK));
            add(steps, typicalP < 1, new TypicalP(typicalP));
            add(steps, topP < 1, new TopP(topP));
            add(steps, minP > 0, new MinP(minP));
        }
        add(steps, temperature != 1, new Temperature(temperature));
        add(steps, temperature > 0 && mirostat == 1, new MirostatV1(mirostatTau, mirostatEta));
        add(steps, temperature > 0 && mirostat == 2, new MirostatV2(mirostatTau, mirostatEta));
        return List.copyOf(steps);
    }

    private static void add(List<SamplerStep> steps, boolean on, SamplerStep step) {
        if (on) {
            steps.add(step);
        }
    }

    public SamplingOptions withTemperature(float temperature) {
        return new Builder(this).temperature(temperature).build();
    }

    public SamplingOptions withTopK(int topK) {
        return new Builder(this).topK(topK).build();
    }

    public SamplingOptions withTopP(float topP) {
        return new Builder(this).topP(topP).build();
    }

    public SamplingOptions withMinP(float minP) {
        return new Builder(this).minP(minP).build();
    }

    public SamplingOptions withTypicalP(float typicalP) {
        return new Builder(this).typicalP(typicalP).build();
    }

    public SamplingOptions withRepeatPenalty(float penalty, int lastTokens) {
        return new Builder(this).repeatPenalty(penalty, lastTokens).build();
    }

    public SamplingOptions withFrequencyPenalty(float penalty) {
        return new Builder(this).frequencyPenalty(penalty).build();
    }

    public SamplingOptions withPresencePenalty(float penalty) {
        return new Builder(this).presencePenalty(penalty).build();
    }

    public SamplingOptions withLogitBias(Map<Integer, Float> bias) {
        return new Builder(this).logitBias(bias).build();
    }

    public SamplingOptions withMirostat(int version, float tau, float eta) {
        return new Builder(this).mirostat(version, tau, eta).build();
    }

    public SamplingOptions withSeed(long seed) {
        return new Builder(this).seed(seed).build();
    }

    /** Starts from {@link #DEFAULTS}. */
    public static Builder builder() {
        return new Builder(DEFAULTS);
    }

    /** Collects options; {@link #build} refuses those out of range. */
    public static final class Builder {
        private float temperature;
        private int topK;
        private float topP;
        private float minP;
        private float typicalP;
        private float repeatPenalty;
        private int repeatLastN;
        private float frequencyPenalty;
        private float presencePenalty;
        private Map<Integer, Float> logitBias;
        private int mirostat;
        private float mirostatTau;
        private float mirostatEta;
        private OptionalLong seed;

        private Builder(SamplingOptions from) {
            temperature = from.temperature;
            topK = from.topK;
            topP = from.topP;
            minP = from.minP;
            typicalP = from.typicalP;
            repeatPenalty = from.repeatPenalty;
            repeatLastN = from.repeatLastN;
            frequencyPenalty = from.frequencyPenalty;
            presencePenalty = from.presencePenalty;
            logitBias = from.logitBias;
            mirostat = from.mirostat;
            mirostatTau = from.mirostatTau;
            mirostatEta = from.mirostatEta;
            seed = from.seed;
        }

        public Builder temperature(float value) {
            temperature = value;
            return this;
        }

        public Builder topK(int count) {
            topK = count;
            return this;
        }

        public Builder topP(float probability) {
            topP = probability;
            return this;
        }

        public Builder minP(float probability) {
            minP = probability;
            return this;
        }

        public Builder typicalP(float probability) {
            typicalP = probability;
            return this;
        }

        public Builder repeatPenalty(float penalty, int lastTokens) {
            repeatPenalty = penalty;
            repeatLastN = lastTokens;
            return this;
        }

        public Builder frequencyPenalty(float penalty) {
            frequencyPenalty = penalty;
            return this;
        }

        public Builder presencePenalty(float penalty) {
            presencePenalty = penalty;
            return this;
        }

        public Builder logitBias(Map<Integer, Float> bias) {
            logitBias = bias;
            return this;
        }

        public Builder mirostat(int version, float tau, float eta) {
            mirostat = version;
            mirostatTau = tau;
            mirostatEta = eta;
            return this;
        }

        public Builder seed(long number) {
            seed = OptionalLong.of(number);
            return this;
        }

        /** @throws IllegalArgumentException naming the option, its value and its range */
        public SamplingOptions build() {
            return new SamplingOptions(temperature, topK, topP, minP, typicalP, repeatPenalty, repeatLastN, frequencyPenalty,
                    presencePenalty, logitBias, mirostat, mirostatTau, mirostatEta, seed);
        }
    }
}
