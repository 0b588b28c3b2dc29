package dev.nibble.core.model;

/** erf(x) = 2/√π ∫₀ˣ e^(−t²) dt, to about 1e-12. */
final class ErrorFunction {
    private static final double SERIES_UP_TO = 3;
    private static final double ONE_FROM = 6;
    private static final int FRACTION_TERMS = 60;

    private ErrorFunction() {}

    static double erf(double x) {
        double magnitude = Math.abs(x);
        if (magnitude < SERIES_UP_TO) {
            return series(x);
        }
        if (Double.isNaN(x)) {
            return x;
        }
        double value = magnitude >= ONE_FROM ? 1 : 1 - complement(magnitude);
        return Math.copySign(value, x);
    }

    /** Abramowitz and Stegun 7.1.6: 2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1)), all terms of one sign. */
    private static double series(double x) {
        double term = x;
        double sum = x;
        for (int n = 1; Math.abs(term) > 1e-16 * Math.abs(sum); n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }

    /** Abramowitz and Stegun 7.1.14: e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 1½/(x + …)))). */
    private static double complement(double x) {
        double fraction = x;
        for (int n = FRACTION_TERMS; n > 0; n--) {
            fraction = x + n / 2.0 / fraction;
        }
        return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
    }
}
