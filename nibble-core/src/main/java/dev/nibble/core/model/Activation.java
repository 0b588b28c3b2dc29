package dev.nibble.core.model;

import dev.nibble.core.kernel.Ops;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** Activation function of a feed-forward part, by its names in config.json. */
public enum Activation {
    /** x · σ(x). */
    SILU("silu", "swish") {
        @Override
        public void apply(float[] x, int from, int count, Ops ops) {
            ops.swish(x, from, count, -1, 0);
        }
    },
    /** x · Φ(x), with the error function. */
    GELU("gelu") {
        @Override
        public void apply(float[] x, int from, int count, Ops ops) {
            for (int i = from; i < from + count; i++) {
                x[i] = (float) (0.5 * x[i] * (1 + ErrorFunction.erf(x[i] * Math.sqrt(0.5))));
            }
        }
    },
    /** x · Φ(x), with tanh(√(2/π) (x + 0.044715 x³)) for the error function. */
    GELU_TANH("gelu_new", "gelu_pytorch_tanh", "gelu_fast") {
        @Override
        public void apply(float[] x, int from, int count, Ops ops) {
            ops.swish(x, from, count, (float) (-2 * ROOT), (float) (-2 * ROOT * CUBIC)); // ½ (1 + tanh u) = σ(2u)
        }
    },
    /** x · σ(1.702 x). */
    QUICK_GELU("quick_gelu") {
        @Override
        public void apply(float[] x, int from, int count, Ops ops) {
            ops.swish(x, from, count, -1.702f, 0);
        }
    },
    /** max(x, 0). */
    RELU("relu") {
        @Override
        public void apply(float[] x, int from, int count, Ops ops) {
            for (int i = from; i < from + count; i++) {
                x[i] = Math.max(x[i], 0);
            }
        }
    };

    private static final double ROOT = Math.sqrt(2 / Math.PI);
    private static final double CUBIC = 0.044715;

    private final String names; // separated by spaces

    Activation(String... names) {
        this.names = String.join(" ", names);
    }

    /** The activation of that name in config.json; empty if Nibble does not support it. */
    public static Optional<Activation> named(String name) {
        return Arrays.stream(values()).filter(activation -> Arrays.asList(activation.names.split(" ")).contains(name)).findFirst();
    }

    /** All names. */
    public static String known() {
        return Arrays.stream(values()).map(activation -> activation.names.replace(" ", ", ")).collect(Collectors.joining(", "));
    }

    /** Applies the function in place to {@code count} values. */
    public abstract void apply(float[] x, int from, int count, Ops ops);
}
