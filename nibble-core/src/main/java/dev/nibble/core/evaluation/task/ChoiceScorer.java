package dev.nibble.core.evaluation.task;

import dev.nibble.core.inference.LogSoftmax;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.model.Batch;
import dev.nibble.core.model.KvCache;
import dev.nibble.core.model.Model;
import dev.nibble.core.tensor.Codec;
import dev.nibble.error.UnsupportedException;
import dev.nibble.text.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Scores the continuations of a question by their log-probability. Their common prefix is computed once. As in lm-evaluation-harness, a
 * continuation's tokens are those of the whole text after as many as the context alone has, and a text longer than the model's context
 * loses its beginning.
 */
final class ChoiceScorer implements AutoCloseable {
    private static final int BATCH = 512;

    private final Model model;
    private final Tokenizer tokenizer;
    private final int longest;
    private final KvCache cache;

    public ChoiceScorer(Model model, Tokenizer tokenizer, Codec kvCodec) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.longest = Math.min(model.context(), model.maxPositions());
        this.cache = new KvCache(model.kvShape(), kvCodec, longest);
    }

    /** Tokens of context and continuation; the continuation begins at {@code first}. */
    private record Encoded(int[] tokens, int first) {
        Encoded without(int begin) {
            return new Encoded(Arrays.copyOfRange(tokens, begin, tokens.length), first - begin);
        }
    }

    public List<EndingScore> scores(Question question) {
        List<Encoded> texts = encoded(question);
        int divergence = divergence(texts);
        int shared = Math.min(divergence, texts.stream().mapToInt(Encoded::first).min().orElseThrow());
        cache.truncate(0);
        Matrix last = Matrix.of(1, model.hidden());
        compute(Arrays.copyOf(texts.getFirst().tokens, shared), last);
        List<EndingScore> scores = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            cache.truncate(shared);
            int bytes = Math.max(1, question.continuations().get(i).getBytes(StandardCharsets.UTF_8).length);
            scores.add(score(texts.get(i), shared, divergence, last, bytes));
        }
        return scores;
    }

    private List<Encoded> encoded(Question question) {
        int first = encode(question.context()).length;
        List<Encoded> texts = new ArrayList<>();
        for (String continuation : question.continuations()) {
            int[] tokens = encode(question.context() + " " + continuation);
            texts.add(new Encoded(tokens, Math.min(first, tokens.length - 1)));
        }
        int tooMany = texts.stream().mapToInt(text -> text.tokens.length - 1).max().orElseThrow() - longest;
        if (tooMany > 0) {
            texts.replaceAll(text -> text.without(tooMany));
        }
        if (texts.stream().anyMatch(text -> text.first < 1)) {
            throw new UnsupportedException("a continuation has no token before it, or exceeds the context of " + longest + " tokens: "
                    + question.continuations());
        }
        return texts;
    }

    /** Tokens of a text with BOS, without EOS. */
    private int[] encode(String text) {
        int[] tokens = tokenizer.encode(text, true, false);
        boolean ends = tokenizer.special().addsEos() && tokens.length > 0;
        return ends ? Arrays.copyOf(tokens, tokens.length - 1) : tokens;
    }

    /** First position where the texts differ; at most that of the shortest one's last token. */
    private static int divergence(List<Encoded> texts) {
        int[] first = texts.getFirst().tokens;
        int divergence = texts.stream().mapToInt(text -> text.tokens.length - 1).min().orElseThrow();
        for (Encoded text : texts.subList(1, texts.size())) {
            int mismatch = Arrays.mismatch(first, text.tokens);
            divergence = mismatch < 0 ? divergence : Math.min(divergence, mismatch);
        }
        return texts.size() == 1 ? texts.getFirst().first : divergence;
    }

    /** Adds tokens to the cache. @param last receives the state of the last one */
    private void compute(int[] tokens, Matrix last) {
        Matrix hidden = Matrix.of(Math.min(BATCH, tokens.length), model.hidden());
        for (int from = 0; from < tokens.length; from += BATCH) {
            int count = Math.min(BATCH, tokens.length - from);
            model.forward(Batch.of(cache, Arrays.copyOfRange(tokens, from, from + count)), hidden.slice(0, count));
            System.arraycopy(hidden.data(), hidden.at(count - 1), last.data(), last.from(), model.hidden());
        }
    }

    private EndingScore score(Encoded text, int shared, int divergence, Matrix last, int bytes) {
        int count = text.tokens.length - shared;
        Matrix hidden = Matrix.of(count, model.hidden());
        System.arraycopy(last.data(), last.from(), hidden.data(), 0, model.hidden());
        if (count > 1) {
            int[] more = Arrays.copyOfRange(text.tokens, shared, text.tokens.length - 1);
            model.forward(Batch.of(cache, more), hidden.slice(1, count - 1));
        }
        Matrix logits = Matrix.of(1, model.vocabulary());
        double sum = 0;
        double divergentSum = 0;
        boolean greedy = true;
        for (int i = 0; i < count; i++) {
            int position = shared + i;
            model.logits(hidden.slice(i, 1), logits);
            int token = text.tokens[position];
            double logProbability = logits.data()[token] - LogSoftmax.logSum(logits.data(), 0, logits.columns());
            sum += position >= text.first ? logProbability : 0;
            divergentSum += position >= divergence ? logProbability : 0;
            greedy &= position < text.first || LogSoftmax.largest(logits.data(), 0, logits.columns()) == token;
        }
        return new EndingScore(sum, bytes, divergentSum / (text.tokens.length - divergence), greedy);
    }

    @Override
    public void close() {
        cache.close();
    }
}
