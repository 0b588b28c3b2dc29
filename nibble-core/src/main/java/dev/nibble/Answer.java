package dev.nibble;

import dev.nibble.text.sampling.TokenChoice;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** An answer being generated. One thread takes its chunks as they come; {@link #cancel} ends it early. */
public final class Answer {
    private record Done(FinishReason reason, Timings timings) {}

    private final long seed;
    private final Deque<AnswerChunk> chunks = new ArrayDeque<>(); // not taken yet; guarded by this, as the next two
    private Optional<Done> done = Optional.empty();
    private Throwable failure;
    private volatile boolean cancelled;

    /** @param seed seed of the random generator */
    public Answer(long seed) {
        this.seed = seed;
    }

    /** Seed of the random generator. */
    public long seed() {
        return seed;
    }

    public synchronized void add(AnswerChunk chunk) {
        chunks.add(chunk);
        notifyAll();
    }

    public synchronized void done(FinishReason reason, Timings timings) {
        done = Optional.of(new Done(reason, timings));
        notifyAll();
    }

    /** Ends the answer with an error, without allocating: memory may be exhausted. */
    public synchronized void failed(Throwable cause) {
        failure = cause;
        notifyAll();
    }

    public boolean cancelled() {
        return cancelled;
    }

    /** Ends the answer after the current token. */
    public void cancel() {
        cancelled = true;
    }

    /**
     * Waits for the next chunk.
     *
     * @return empty when the answer has ended
     * @throws RuntimeException if the computation failed; an Error of the computing thread is its cause
     */
    public synchronized Optional<AnswerChunk> next() throws InterruptedException {
        while (chunks.isEmpty() && done.isEmpty() && failure == null) {
            wait();
        }
        if (chunks.isEmpty() && failure != null) {
            throw failure instanceof RuntimeException e ? e : new IllegalStateException("the answer was not computed: " + failure, failure);
        }
        return Optional.ofNullable(chunks.poll());
    }

    /**
     * Waits for the end of the answer. An interrupt of the waiting thread cancels it: the answer so far is returned, the interrupt flag
     * set.
     *
     * @param shown receives the text as it comes, on this thread; an exception from it cancels the answer
     */
    public Generation await(Consumer<String> shown) {
        StringBuilder text = new StringBuilder();
        List<TokenChoice> tokens = new ArrayList<>();
        boolean interrupted = false;
        while (true) {
            try {
                Optional<AnswerChunk> chunk = next();
                if (chunk.isEmpty()) {
                    break;
                }
                chunk.get().token().ifPresent(tokens::add);
                text.append(chunk.get().text());
                if (!chunk.get().text().isEmpty()) {
                    shown.accept(chunk.get().text());
                }
            } catch (InterruptedException e) {
                cancel();
                interrupted = true;
            } catch (RuntimeException | Error e) {
                cancel();
                throw e;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        Done end = done();
        return new Generation(text.toString(), tokens, end.reason, end.timings, seed);
    }

    private synchronized Done done() {
        return done.orElseThrow();
    }

    /** Waits for the end of the answer. */
    public Generation await() {
        return await(text -> {});
    }
}
