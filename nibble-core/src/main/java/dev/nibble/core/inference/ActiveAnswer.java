package dev.nibble.core.inference;

import dev.nibble.Answer;
import dev.nibble.AnswerChunk;
import dev.nibble.FinishReason;
import dev.nibble.GenerationOptions;
import dev.nibble.Timings;
import dev.nibble.text.sampling.StopStrings;
import dev.nibble.text.sampling.TokenChoice;
import dev.nibble.text.sampling.TokenSampler;
import dev.nibble.text.tokenizer.StreamingDecoder;
import dev.nibble.text.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Optional;

/** An answer being computed: the rest of its prompt, then one token at a time. */
final class ActiveAnswer {
    private final Answer answer;
    private final TokenSequence sequence;
    private final int[] prompt;
    private final GenerationOptions options;
    private final Tokenizer tokenizer;
    private final TokenSampler sampler;
    private final StreamingDecoder decoder;
    private final StopStrings stops;
    private final int cached;
    private final long start = System.nanoTime();
    private long firstToken;
    private int generated;
    private int lastToken;

    ActiveAnswer(Answer answer, TokenSequence sequence, int[] prompt, GenerationOptions options, Tokenizer tokenizer,
            TokenSampler sampler) {
        this.answer = answer;
        this.sequence = sequence;
        this.prompt = prompt;
        this.options = options;
        this.tokenizer = tokenizer;
        this.sampler = sampler;
        this.decoder = tokenizer.stream();
        this.stops = new StopStrings(options.stops());
        this.cached = sequence.length();
        for (int id : prompt) {
            decoder.feed(id);
            sampler.accept(id);
        }
    }

    Answer answer() {
        return answer;
    }

    TokenSequence sequence() {
        return sequence;
    }

    /** Tokens to compute next: at most {@code max} of the prompt, or the last generated one. */
    int[] pending(int max) {
        int done = sequence.length();
        return done < prompt.length ? Arrays.copyOfRange(prompt, done, Math.min(prompt.length, done + max)) : new int[]{lastToken};
    }

    boolean generating() {
        return sequence.length() >= prompt.length;
    }

    /** Ends the answer if it is cancelled, has no token to generate, follows a grammar to its end, or fills the context. */
    boolean endsBeforehand() {
        if (answer.cancelled()) {
            return end(FinishReason.CANCELLED);
        }
        if (options.maxTokens() == 0) {
            return end(FinishReason.MAX_TOKENS);
        }
        if (generating() && sampler.exhausted()) {
            return end(FinishReason.END_OF_TEXT);
        }
        return generating() && sequence.length() == sequence.cache().capacity() && end(FinishReason.CONTEXT_FULL);
    }

    /**
     * Samples the next token once the whole prompt is computed.
     *
     * @return whether the answer has ended
     */
    boolean advance(float[] logits) {
        TokenChoice choice = sampler.choose(logits, options.alternatives());
        if (generated == 0) {
            firstToken = System.nanoTime();
        }
        generated++;
        lastToken = choice.id();
        if (tokenizer.special().endOfGeneration().contains(choice.id()) && !options.ignoreEnd()) {
            return end(FinishReason.END_OF_TEXT);
        }
        StopStrings.Outcome outcome = stops.accept(decoder.feed(choice.id()));
        if (outcome.stop().isPresent()) {
            answer.add(new AnswerChunk(Optional.of(choice), outcome.text()));
            return finish(FinishReason.STOP_STRING);
        }
        boolean last = generated == options.maxTokens();
        answer.add(new AnswerChunk(Optional.of(choice), outcome.text() + (last ? rest() : "")));
        return last && finish(FinishReason.MAX_TOKENS);
    }

    private String rest() {
        Optional<String> unfinished = Optional.of(decoder.flush()).filter(text -> !text.isEmpty());
        return unfinished.map(text -> stops.accept(text).text()).orElse("") + stops.finish();
    }

    private boolean end(FinishReason reason) {
        String rest = rest();
        if (!rest.isEmpty()) {
            answer.add(new AnswerChunk(Optional.empty(), rest));
        }
        return finish(reason);
    }

    private boolean finish(FinishReason reason) {
        long now = System.nanoTime();
        long first = generated == 0 ? now : firstToken;
        answer.done(reason, new Timings(prompt.length, cached, generated, first - start, now - first));
        return true;
    }
}
