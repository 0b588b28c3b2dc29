package dev.nibble.text.template;

import java.time.Duration;
import java.util.Optional;

/**
 * Resources that a template may use before it is refused.
 *
 * @param steps     expressions and statements evaluated; scanning or copying 256 characters counts as one
 * @param output    characters of the result, and of any intermediate string
 * @param allocated characters and elements of all strings and lists created
 * @param calls     nesting of macros and recursive loops
 * @param elements  elements of any one value, nested ones included
 * @param time      optional limit of the wall clock; the counts alone are deterministic
 */
public record RenderLimits(long steps, int output, long allocated, int calls, int elements, Optional<Duration> time) {
    /** Generous for real templates; reached within a second by malicious ones. */
    public static final RenderLimits DEFAULT = new RenderLimits(5_000_000, 16 << 20, 64 << 20, 64, 1_000_000, Optional.empty());

    static final int SOURCE = 1 << 20;
    static final int NODES = 100_000;
    static final int SOURCE_DEPTH = 64;
    static final int EVALUATION_DEPTH = 500;
    static final int VALUE_DEPTH = 100;
    static final int RANGE = 100_000;
    static final int NUMBER_BITS = 4_096;

    public RenderLimits {
        if (steps < 1 || output < 0 || allocated < 0 || calls < 0 || elements < 0) {
            throw new IllegalArgumentException(
                    "a limit of " + Math.min(steps, Math.min(Math.min(output, allocated), Math.min(calls, elements)))
                            + ", expected at least 1 step and 0 of the others");
        }
    }

    public RenderLimits withSteps(long max) {
        return new RenderLimits(max, output, allocated, calls, elements, time);
    }

    public RenderLimits withOutput(int max) {
        return new RenderLimits(steps, max, allocated, calls, elements, time);
    }

    public RenderLimits withTime(Duration max) {
        return new RenderLimits(steps, output, allocated, calls, elements, Optional.of(max));
    }
}
