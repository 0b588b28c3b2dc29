package dev.nibble.core.evaluation;

import dev.nibble.core.model.Model;
import dev.nibble.error.Advice;
import dev.nibble.error.Setting;
import dev.nibble.error.UnsupportedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * How a text is cut into windows and what of them is scored. Perplexities compare only within one protocol and one length of windows: for
 * Llama-2-7B in F16 and WikiText-2, P1 gives 5.47, P2 5.12, and P3 5.79.
 */
public enum Protocol {
    /** Of the GPTQ and AWQ papers, over Hugging Face Transformers: windows of 2048 side by side, every token but a window's first scored. */
    PAPER_2048("p1", 2048),
    /** The same with windows of 4096, as in the QuIP# and QTIP papers. */
    PAPER_4096("p2", 4096),
    /** llama.cpp's {@code llama-perplexity}: windows of 512, each begun with BOS if the model wants one, the second half scored. */
    LLAMA_CPP("p3", 512);

    private final String alias;
    private final int defaultContext;

    Protocol(String alias, int defaultContext) {
        this.alias = alias;
        this.defaultContext = defaultContext;
    }

    public static Protocol named(String name) {
        return Arrays.stream(values()).filter(protocol -> protocol.name().equalsIgnoreCase(name) || protocol.alias.equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new UnsupportedException("no protocol " + name + "; there are "
                        + Arrays.stream(values()).map(Protocol::toString).collect(Collectors.joining(", "))));
    }

    /** {@code p1}, {@code p2}, {@code p3}. */
    @Override
    public String toString() {
        return alias;
    }

    /**
     * The length of windows to use for a model.
     *
     * @param asked what the user wants, if anything
     * @throws UnsupportedException if the protocol or the model forbids it
     */
    public int context(Model model, OptionalInt asked) {
        if (this == PAPER_4096 && asked.orElse(defaultContext) != defaultContext) {
            throw new UnsupportedException("p2 means windows of 4096, not " + asked.getAsInt() + "; p1 takes any length");
        }
        int context = asked.orElse(this == PAPER_4096 ? defaultContext : Math.min(defaultContext, model.context()));
        int min = this == LLAMA_CPP ? 4 : 2;
        if (context < min) {
            throw new UnsupportedException("windows of " + context + " tokens; " + this + " needs at least " + min);
        }
        if (context > model.maxPositions() || this == PAPER_4096 && context > model.context()) {
            int max = Math.min(model.context(), model.maxPositions());
            throw new UnsupportedException(Advice.of("windows of %s tokens, but the model has a context of %s; %s", context, max,
                    this == PAPER_4096 ? "p1 takes shorter ones" : Advice.of("take a smaller %s", Setting.CONTEXT.any())));
        }
        return context;
    }

    /** What keeps a figure from being compared with others of this protocol, one line each. */
    public List<String> warnings(Model model, int context) {
        List<String> warnings = new ArrayList<>();
        if (context > model.context()) {
            warnings.add("windows of " + context + " tokens, but the model was trained for " + model.context() + ": it will do badly");
        }
        if (context != defaultContext) {
            warnings.add("windows of " + context + " tokens; published " + this + " figures have " + defaultContext);
        }
        return warnings;
    }

    /**
     * Cuts a text; what does not fill a window is left out.
     *
     * @param tokens the whole text, begun with BOS if the tokenizer does that
     * @param begin  the BOS that the model wants before every text, if it wants one
     * @param max   windows there may be
     */
    public Windows windows(int[] tokens, int context, OptionalInt begin, int max) {
        int min = this == LLAMA_CPP ? 2 : 1; // llama-perplexity asks for two
        if (tokens.length / context < min) {
            throw new UnsupportedException(
                    Advice.of("the text has %s tokens; %s with windows of %s needs at least %s: take a longer text or a smaller %s",
                            tokens.length, this, context, (long) min * context, Setting.CONTEXT.any()));
        }
        if (max < 1) {
            throw new IllegalArgumentException(max + " windows");
        }
        int count = Math.min(max, tokens.length / context);
        List<int[]> windows = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int[] window = Arrays.copyOfRange(tokens, i * context, (i + 1) * context);
            if (this == LLAMA_CPP && begin.isPresent()) {
                window[0] = begin.getAsInt();
            }
            windows.add(window);
        }
        return new Windows(context, this == LLAMA_CPP ? context / 2 + 1 : 1, windows);
    }
}
