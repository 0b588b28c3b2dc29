package dev.nibble.core.sampling;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Options of token sampling; {@link #DEFAULTS} are llama.cpp's, with a fixed seed. Change them with the methods {@code with…}.
 *
 * @param temperature      0 = greedy: the largest logit after bias and penalties, nothing is drawn
 * @param topK             0 = off
 * @param topP             1 = off
 * @param minP             0 = off
 * @param typicalP         1 = off
 * @param repeatPenalty    1 = off
 * @param repeatLastN      tokens the three penalties look back at; 0 = none, −1 = all
 * @param frequencyPenalty 0 = off
 * @param presencePenalty  0 = off
 * @param logitBias        token id to what is added to its logit; −Infinity bans it
 * @param mirostat         0 = off; 1 or 2 = its version, which then replaces top-k, typical-p, top-p and min-p
 * @param mirostatTau      target surprise, bits
 * @param mirostatEta      learning rate
 */
public record SamplingOptions(float temperature, int topK, float topP, float minP, float typicalP, float repeatPenalty, int repeatLastN,
        float frequencyPenalty, float presencePenalty, Map<Integer, Float> logitBias, int mirostat, float mirostatTau, float mirostatEta,
        long seed) {
    public static final SamplingOptions DEFAULTS = new SamplingOptions(0.8f, 40, 0.95f, 0.05f, 1, 1, 64, 0, 0, Map.of(), 0, 5, 0.1f, 0);
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

    /** The steps in llama.cpp's order, those that are off left out: bias, penalties, top-k, typical-p, top-p, min-p, temperature. */
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
        return new SamplingOptions(temperature, topK, topP, minP, typicalP, repeatPenalty, repeatLastN, frequencyPenalty, presencePenalty,
                logitBias, mirostat, mirostatTau, mirostatEta, seed);
    }

    public SamplingOptions withTopK(int topK) {
        return new SamplingOptions(temperature, topK, topP, minP, typicalP, repeatPenalty, repeatLastN, frequencyPenalty, presencePenalty,
                logitBias, mirostat, mirostatTau, mirostatEta, seed);
    }

    public SamplingOptions withTopP(float topP) {
        return new SamplingOptions(temperature, topK, topP, minP, typicalP, repeatPenalty, repeatLastN, frequencyPenalty, presencePenalty,
                logitBias, mirostat, mirostatTau, mirostatEta, seed);
    }

    public SamplingOptions withMinP(float minP) {
        return new SamplingOptions(temperature, topK, topP, minP, typicalP, repeatPenalty, repeatLastN, frequencyPenalty, presencePenalty,
                logitBias, mirostat, mirostatTau, mirostatEta, seed);
    }

    public SamplingOptions withTypicalP(float typicalP) {
        return new SamplingOptions(temperature, topK, topP, minP, typicalP, repeatPenalty, repeatLastN, frequencyPenalty, presencePenalty,
                logitBias, mirostat, mirostatTau, mirostatEta, seed);
    }

    public SamplingOptions withRepeatPenalty(float repeatPenalty, int repeatLastN) {
        return new SamplingOptions(temperature, topK, topP, minP, typicalP, repeatPenalty, repeatLastN, frequencyPenalty, presencePenalty,
                logitBias, mirostat, mirostatTau, mirostatEta, seed);
    }

    public SamplingOptions withFrequencyPenalty(float frequencyPenalty) {
        return new SamplingOptions(temperature, topK, topP, minP, typicalP, repeatPenalty, repeatLastN, frequencyPenalty, presencePenalty,
                logitBias, mirostat, mirostatTau, mirostatEta, seed);
    }

    public SamplingOptions withPresencePenalty(float presencePenalty) {
        return new SamplingOptions(temperature, topK, topP, minP, typicalP, repeatPenalty, repeatLastN, frequencyPenalty, presencePenalty,
                logitBias, mirostat, mirostatTau, mirostatEta, seed);
    }

    public SamplingOptions withLogitBias(Map<Integer, Float> logitBias) {
        return new SamplingOptions(temperature, topK, topP, minP, typicalP, repeatPenalty, repeatLastN, frequencyPenalty, presencePenalty,
                logitBias, mirostat, mirostatTau, mirostatEta, seed);
    }

    public SamplingOptions withMirostat(int mirostat, float mirostatTau, float mirostatEta) {
        return new SamplingOptions(temperature, topK, topP, minP, typicalP, repeatPenalty, repeatLastN, frequencyPenalty, presencePenalty,
                logitBias, mirostat, mirostatTau, mirostatEta, seed);
    }

    public SamplingOptions withSeed(long seed) {
        return new SamplingOptions(temperature, topK, topP, minP, typicalP, repeatPenalty, repeatLastN, frequencyPenalty, presencePenalty,
                logitBias, mirostat, mirostatTau, mirostatEta, seed);
    }
}
