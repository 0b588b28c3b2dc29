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
 * Rules for cutting a text into windows and for the tokens scored. Perplexities are comparable only within one protocol and window length:
 * for Llama-2-7B in F16 and WikiText-2, P1 gives 5.47, P2 5.12, and P3 5.79.
 */
public enum Protocol {
    /** GPTQ and AWQ papers, over Hugging Face Transformers: consecutive windows of 2048, every token but a window's first scored. */
    PAPER_2048("p1", 2048),
    /** QuIP# and QTIP papers: the same with windows of 4096. */
    PAPER_4096("p2", 4096),
    /** llama.cpp's {@code llama-perplexity}: windows of 512, each beginning with BOS if the model uses one, the second half scored. */
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
     * The window length for a model.
     *
     * @param asked length the user asked for, if any
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

    /** Reasons why a result is not comparable with others of this protocol, one line each. */
    public List<String> warnings(Model model, int context) {
        List<String> warnings = new ArrayList<>();
        if (context > model.context()) {
            warnings.add("windows of " + context + " tokens, but the model was trained for " + model.context()
                    + ": expect a high perplexity");
        }
        if (context != defaultContext) {
            warnings.add("windows of " + context + " tokens; published " + this + " figures have " + defaultContext);
        }
        return warnings;
    }

    /**
     * Cuts a text into windows; an incomplete last window is dropped.
     *
     * @param tokens the whole text, with BOS if the tokenizer adds it
     * @param begin BOS, if the model expects it before every text
     * @param max maximum number of windows
     */
    public Windows windows(int[] tokens, int context, OptionalInt begin, int max) {
        int min = this == LLAMA_CPP ? 2 : 1; // llama-perplexity asks for two
        if (tokens.length / context < min) {
            throw new UnsupportedException(
                    Advice.of("the text has %s tokens; %s with windows of %s needs at least %s: use a longer text or a smaller %s",
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
