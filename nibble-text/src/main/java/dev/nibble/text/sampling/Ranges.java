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

    static void atLeast(String option, float value, float least) {
        if (!(value >= least)) {
            throw new IllegalArgumentException(option + " is " + value + ", expected at least " + least);
        }
    }

    static void atLeast(String option, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(option + " is " + value + ", expected at least " + least);
        }
    }

    static void within(String option, float value, float least, float most) {
        if (!(value >= least && value <= most)) {
            throw new IllegalArgumentException(option + " is " + value + ", expected a number from " + least + " to " + most);
        }
    }
}
