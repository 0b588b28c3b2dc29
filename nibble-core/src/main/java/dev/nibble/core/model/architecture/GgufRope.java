package dev.nibble.core.model.architecture;

import dev.nibble.core.model.RopeVariants;
import dev.nibble.core.model.RotaryEmbedding;
import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;

/** RoPE as described in a GGUF file. */
final class GgufRope {
    private static final String LONG = "rope_factors_long.weight";
    static final double BETA_FAST = 32;
    static final double BETA_SLOW = 1;

    private final Parts parts;
    private final GgufHyperparameters facts;
    private final boolean interleaved;
    private final int rotated;
    private final double base;
    private final boolean truncated;
    private final GgufScaling scaling;

    /** @param interleaved whether pairs are adjacent; else value i pairs with its counterpart in the other half */
    GgufRope(Parts parts, boolean interleaved, double defaultBase) {
        this(parts, interleaved, defaultBase, true);
    }

    /** @param truncated whether YaRN's bounds are rounded to whole pairs, unless the file says so */
    GgufRope(Parts parts, boolean interleaved, double defaultBase, boolean truncated) {
        this.truncated = parts.facts().flag(ConfigRope.TRUNCATE, truncated);
        this.parts = parts;
        this.facts = parts.facts();
        this.interleaved = interleaved;
        int headSize = parts.dimensions().headSize();
        this.rotated = facts.optionalWhole("rope.dimension_count", 1, headSize).orElse((long) headSize).intValue();
        if (rotated % 2 != 0) {
            throw new MalformedFileException("CONFIG_RANGE", facts.file(), -1, facts.prefix() + ".rope.dimension_count",
                    rotated + " values of a head cannot be rotated in pairs");
        }
        this.scaling = GgufScaling.of(facts);
        this.base = facts.optionalReal("rope.freq_base", Float.MIN_NORMAL, ConfigRope.MAX).orElse(defaultBase);
    }

    /** The embeddings with the file's scaling. */
    Optional<RopeVariants> positions() {
        if (parts.weights().has(LONG)) {
            return Optional.of(longRope());
        }
        double[] frequencies = RotaryEmbedding.frequencies(rotated, base);
        double magnitude = magnitude();
        switch (scaling.type()) {
            case "none" -> {
            } // or a tensor of divisors
            case "linear" -> divide(frequencies, scaling.factor());
            case "yarn" -> magnitude *= yarn(frequencies);
            case "longrope" -> parts.weights().vector(LONG, rotated / 2); // throws: it is missing
            default -> throw new UnsupportedException(facts.file() + ": no RoPE scaling "
                    + MalformedFileException.printable(scaling.type()) + "; there are none, linear, yarn, longrope");
        }
        Optional<float[]> divisors = parts.weights().optionalVector("rope_freqs.weight", rotated / 2);
        divisors.ifPresent(d -> divide(frequencies, d));
        OptionalDouble dynamic = facts.optionalReal(ConfigRope.DYNAMIC, Float.MIN_NORMAL, ConfigRope.MAX);
        return dynamic.isPresent() ? Optional.of(dynamic(dynamic.getAsDouble(), frequencies, magnitude)) : one(frequencies, magnitude);
    }

    /** Contexts over the trained one by a larger base, as in transformers (dynamic NTK). */
    private RopeVariants dynamic(double factor, double[] frequencies, double magnitude) {
        int trained = parts.dimensions().context();
        return RopeVariants.stretching(new RotaryEmbedding(rotated, interleaved, frequencies, magnitude), trained, context -> {
            double growth = factor * context / trained - (factor - 1);
            double[] stretched = frequencies.clone();
            Arrays.setAll(stretched, i -> frequencies[i] * Math.pow(growth, -2.0 * i / Math.max(1, rotated - 2)));
            return new RotaryEmbedding(rotated, interleaved, stretched, magnitude);
        });
    }

    /** The embedding without scaling, from another base, for Gemma 3's sliding-window layers. */
    Optional<RopeVariants> unscaled(double otherBase) {
        return one(RotaryEmbedding.frequencies(rotated, otherBase), 1);
    }

    private Optional<RopeVariants> one(double[] frequencies, double magnitude) {
        return Optional.of(new RopeVariants(new RotaryEmbedding(rotated, interleaved, frequencies, magnitude)));
    }

    private RopeVariants longRope() {
        return new RopeVariants(divided("rope_factors_short.weight"), divided(LONG),
                facts.optionalWhole("rope.scaling.original_context_length", 1, Config.MAX_CONTEXT)
                        .orElse((long) parts.dimensions().context()).intValue());
    }

    private RotaryEmbedding divided(String divisors) {
        double[] frequencies = RotaryEmbedding.frequencies(rotated, base);
        divide(frequencies, parts.weights().vector(divisors, rotated / 2));
        return new RotaryEmbedding(rotated, interleaved, frequencies, magnitude());
    }

    private double magnitude() {
        return facts.optionalReal("rope.scaling.attn_factor", Float.MIN_NORMAL, ConfigRope.MAX).orElse(1);
    }

    private static void divide(double[] frequencies, double divisor) {
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] /= divisor;
        }
    }

    private static void divide(double[] frequencies, float[] divisors) {
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] /= divisors[i];
        }
    }

    /**
     * Stretches long wavelengths, keeps short ones and interpolates between: Peng et al. 2023, "YaRN", section 3.2.
     *
     * @return factor of the rotated values, section 3.3
     */
    private double yarn(double[] frequencies) {
        double factor = scaling.factor();
        double original = facts.optionalWhole("rope.scaling.original_context_length", 1, Config.MAX_CONTEXT)
                .orElse((long) parts.dimensions().context());
        double extrapolated = facts.optionalReal("rope.scaling.yarn_ext_factor", 0, ConfigRope.MAX).orElse(1);
        double first = dimension(facts.optionalReal("rope.scaling.yarn_beta_fast", 0, ConfigRope.MAX).orElse(BETA_FAST), original);
        double last = dimension(facts.optionalReal("rope.scaling.yarn_beta_slow", 0, ConfigRope.MAX).orElse(BETA_SLOW), original);
        double low = Math.max(0, truncated ? Math.floor(first) : first);
        double high = Math.min(rotated - 1.0, truncated ? Math.ceil(last) : last);
        for (int i = 0; i < frequencies.length; i++) {
            double stretched = Math.clamp((i - low) / Math.max(0.001, high - low), 0, 1);
            double kept = (1 - stretched) * extrapolated;
            frequencies[i] *= kept + (1 - kept) / factor;
        }
        return facts.optionalReal(ConfigRope.YARN_MAGNITUDE, 0, ConfigRope.MAX).orElse(ConfigRope.magnitude(factor, 1));
    }

    /** The fractional index of the pair that rotates {@code times} times in {@code context} positions. */
    private double dimension(double times, double context) {
        return rotated * Math.log(context / (times * 2 * Math.PI)) / (2 * Math.log(base));
    }
}
