package dev.nibble.text.template;

/** Resources used by one rendering, of its {@link RenderLimits}. */
final class RenderBudget {
    private static final int CHARACTERS_PER_STEP = 256;
    private static final int STEPS_PER_LOOK_AT_THE_CLOCK = 4096;

    private final RenderLimits limits;
    private final long deadline;
    private long steps;
    private long allocated;
    private long nextLook;
    private int depth;
    private int calls;

    RenderBudget(RenderLimits limits) {
        this.limits = limits;
        this.deadline = limits.time().map(time -> System.nanoTime() + time.toNanos()).orElse(0L);
        this.nextLook = limits.time().isPresent() ? 0 : Long.MAX_VALUE;
    }

    RenderLimits limits() {
        return limits;
    }

    void steps(long count) {
        steps += count;
        if (steps > limits.steps()) {
            throw TemplateException.budget("more than " + limits.steps() + " steps");
        }
        if (steps >= nextLook) {
            nextLook = steps + STEPS_PER_LOOK_AT_THE_CLOCK;
            if (System.nanoTime() - deadline > 0) {
                throw TemplateException.budget("more than " + limits.time().orElseThrow().toMillis() + " ms");
            }
        }
    }

    /** Counts characters read or written in bulk. */
    void scan(long characters) {
        steps(characters / CHARACTERS_PER_STEP);
    }

    /** Counts a string of that length before it is created. */
    void text(long characters) {
        if (characters > limits.output()) {
            throw TemplateException.budget("a string of " + characters + " characters, the limit is " + limits.output());
        }
        scan(characters);
        allocate(characters);
    }

    /** Counts a list or map of that many elements before it is created. */
    void elements(long count) {
        if (count > limits.elements()) {
            throw TemplateException.budget("a value of " + count + " elements, the limit is " + limits.elements());
        }
        steps(count / 8);
        allocate(4 * count);
    }

    /** Checks a new value of others that may be shared many times. */
    void checkWeight(long weight) {
        if (weight > limits.elements()) {
            throw TemplateException.budget("a value of " + weight + " nested elements, the limit is " + limits.elements());
        }
    }

    private void allocate(long units) {
        allocated += units;
        if (allocated > limits.allocated()) {
            throw TemplateException.budget("strings and lists of more than " + limits.allocated() + " characters and elements together");
        }
    }

    void enter() {
        steps(1);
        if (++depth > RenderLimits.EVALUATION_DEPTH) {
            throw TemplateException.budget("expressions nested deeper than " + RenderLimits.EVALUATION_DEPTH);
        }
    }

    void leave() {
        depth--;
    }

    void enterCall() {
        if (++calls > limits.calls()) {
            throw TemplateException.budget("macros or recursive loops nested deeper than " + limits.calls());
        }
    }

    void leaveCall() {
        calls--;
    }
}
