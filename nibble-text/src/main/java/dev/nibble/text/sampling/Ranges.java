package dev.nibble.text.sampling;

/** Checks of options: the message names the option, its value and its range. */
final class Ranges {
    private Ranges() {}

    static void finite(String option, float value) {
        if (!Float.isFinite(value)) {
            throw new IllegalArgumentException(option + " is " + value + ", expected a finite number");
        }
    }

    static void above(String option, float value, float bound) {
        finite(option, value);
        if (value <= bound) {
            throw new IllegalArgumentException(option + " is " + value + ", expected a number above " + bound);
        }
    }

    static void atLeast(String option, float value, float min) {
        if (!(value >= min)) {
            throw new IllegalArgumentException(option + " is " + value + ", expected at least " + min);
        }
    }

    static void atLeast(String option, int value, int min) {
        if (value < min) {
            throw new IllegalArgumentException(option + " is " + value + ", expected at least " + min);
        }
    }

    static void within(String option, float value, float min, float max) {
        if (!(value >= min && value <= max)) {
            throw new IllegalArgumentException(option + " is " + value + ", expected a number from " + min + " to " + max);
        }
    }
}
