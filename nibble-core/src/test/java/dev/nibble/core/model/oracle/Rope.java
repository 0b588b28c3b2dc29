package dev.nibble.core.model.oracle;

import static dev.nibble.core.model.oracle.Arithmetic.each;

import java.util.function.UnaryOperator;
import tools.jackson.databind.node.JsonNodeFactory;

/** Rotary positions as transformers' modeling_rope_utils computes them: value i is rotated with value i + half. */
record Rope(double[] frequencies, double magnitude) {

    /**
     * Frequencies from rope_parameters, or rope_scaling and rope_theta; {@code size} is the rotated size of a head, {@code length} that of
     * the text.
     */
    static Rope of(HfConfig config, int size, int length) {
        HfConfig rope = config.has("rope_parameters")
                ? config.under("rope_parameters")
                : config.has("rope_scaling") ? config.under("rope_scaling") : new HfConfig(JsonNodeFactory.instance.objectNode());
        double theta = rope.number("rope_theta", config.number("rope_theta", usualTheta(config)));
        return switch (rope.text("rope_type", rope.text("type", "default"))) {
            case "default" -> plain(theta, size);
            case "linear" -> linear(theta, size, rope.number("factor", 1));
            case "dynamic" -> dynamic(theta, size, rope.number("factor", 1), config.integer("max_position_embeddings"), length);
            case "llama3" -> llama3(theta, size, rope);
            case "yarn" -> yarn(theta, size, rope);
            case "longrope", "su" -> longRope(theta, size, config, rope, length);
            default -> throw new IllegalStateException(rope.toString());
        };
    }

    private static double usualTheta(HfConfig config) {
        String family = config.text("model_type", "");
        if (family.equals("gpt_oss")) {
            return 150_000;
        }
        return family.equals("mixtral") || family.startsWith("gemma3") ? 1e6 : 10000;
    }

    /** Number of rotated values of a head of {@code headSize}. */
    static int size(HfConfig config, int headSize) {
        double part = config.number("partial_rotary_factor", 1);
        if (config.has("rope_parameters")) {
            part = config.under("rope_parameters").number("partial_rotary_factor", part);
        }
        return (int) (headSize * part);
    }

    static Rope plain(double theta, int size) {
        double[] frequencies = new double[size / 2];
        for (int i = 0; i < size / 2; i++) {
            frequencies[i] = 1 / Math.pow(theta, 2.0 * i / size);
        }
        return new Rope(frequencies, 1);
    }

    static Rope linear(double theta, int size, double factor) {
        return new Rope(Arithmetic.scaled(plain(theta, size).frequencies, 1 / factor), 1);
    }

    /** A larger base for texts over the trained length, as in _compute_dynamic_ntk_parameters. */
    private static Rope dynamic(double theta, int size, double factor, int trained, int length) {
        double growth = factor * Math.max(length, trained) / trained - (factor - 1);
        return plain(theta * Math.pow(growth, size / (size - 2.0)), size);
    }

    private static Rope llama3(double theta, int size, HfConfig rope) {
        double factor = rope.number("factor", Double.NaN);
        double low = rope.number("low_freq_factor", Double.NaN);
        double high = rope.number("high_freq_factor", Double.NaN);
        double original = rope.integer("original_max_position_embeddings");
        return new Rope(Arithmetic.map(plain(theta, size).frequencies, f -> {
            double wavelength = 2 * Math.PI / f;
            if (wavelength < original / high) {
                return f;
            }
            if (wavelength > original / low) {
                return f / factor;
            }
            double smooth = (original / wavelength - low) / (high - low);
            return (1 - smooth) * f / factor + smooth * f;
        }), 1);
    }

    private static Rope yarn(double theta, int size, HfConfig rope) {
        double factor = rope.number("factor", Double.NaN);
        double original = rope.integer("original_max_position_embeddings");
        double first = turning(rope.number("beta_fast", 32), theta, size, original);
        double last = turning(rope.number("beta_slow", 1), theta, size, original);
        if (rope.flag("truncate", true)) {
            first = Math.floor(first);
            last = Math.ceil(last);
        }
        first = Math.max(first, 0);
        last = Math.min(last, size - 1);
        if (first == last) {
            last += 0.001;
        }
        double[] frequencies = plain(theta, size).frequencies;
        for (int i = 0; i < frequencies.length; i++) {
            double ramp = Math.clamp((i - first) / (last - first), 0.0, 1.0);
            frequencies[i] = frequencies[i] / factor * ramp + frequencies[i] * (1 - ramp);
        }
        double magnitude = rope.has("mscale") && rope.has("mscale_all_dim")
                ? mscale(factor, rope.number("mscale", 1)) / mscale(factor, rope.number("mscale_all_dim", 1))
                : mscale(factor, 1);
        return new Rope(frequencies, rope.number("attention_factor", magnitude));
    }

    private static double mscale(double factor, double mscale) {
        return factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1;
    }

    /** The dimension that rotates {@code rotations} times within the original context. */
    private static double turning(double rotations, double theta, int size, double original) {
        return size * Math.log(original / (rotations * 2 * Math.PI)) / (2 * Math.log(theta));
    }

    private static Rope longRope(double theta, int size, HfConfig config, HfConfig rope, int length) {
        double original = config.has("original_max_position_embeddings")
                ? config.integer("original_max_position_embeddings")
                : rope.integer("original_max_position_embeddings");
        double factor = config.integer("max_position_embeddings") / original;
        double magnitude = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
        double[] frequencies = plain(theta, size).frequencies;
        String key = length > original ? "long_factor" : "short_factor";
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] /= rope.json().get(key).get(i).asDouble();
        }
        return new Rope(frequencies, rope.number("attention_factor", magnitude));
    }

    /** Rotates every head of {@code headSize} values in every row by its position. */
    double[][] turn(double[][] rows, int headSize) {
        double[][] result = new double[rows.length][];
        for (int t = 0; t < rows.length; t++) {
            int position = t;
            result[t] = perHead(headSize, head -> turnHead(head, position)).apply(rows[t]);
        }
        return result;
    }

    private double[] turnHead(double[] head, int position) {
        double[] result = head.clone();
        int half = frequencies.length;
        for (int i = 0; i < half; i++) {
            double cos = Math.cos(position * frequencies[i]) * magnitude;
            double sin = Math.sin(position * frequencies[i]) * magnitude;
            result[i] = head[i] * cos - head[i + half] * sin;
            result[i + half] = head[i + half] * cos + head[i] * sin;
        }
        return result;
    }

    /** Applies a function to all heads of a row. */
    static UnaryOperator<double[]> perHead(int headSize, UnaryOperator<double[]> f) {
        return row -> {
            double[][] heads = new double[row.length / headSize][headSize];
            for (int i = 0; i < row.length; i++) {
                heads[i / headSize][i % headSize] = row[i];
            }
            heads = each(heads, f);
            double[] result = new double[row.length];
            for (int i = 0; i < row.length; i++) {
                result[i] = heads[i / headSize][i % headSize];
            }
            return result;
        };
    }
}
