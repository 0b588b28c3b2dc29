package dev.nibble;

import dev.nibble.text.sampling.TokenChoice;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** An answer on its way: pieces can be taken as they come, from one thread. Whoever does not want the rest cancels it. */
public final class Answer {
    private record Done(FinishReason reason, Timings timings) {}

    private final long seed;
    private final Deque<AnswerChunk> pieces = new ArrayDeque<>(); // those that were not taken yet; guarded by this, as the next two
    private Optional<Done> done = Optional.empty();
    private Throwable failure;
    private volatile boolean cancelled;

    /** @param seed that its tokens are drawn with */
    public Answer(long seed) {
        this.seed = seed;
    }

    /** The seed that its tokens are drawn with. */
    public long seed() {
        return seed;
    }

    public synchronized void came(AnswerChunk piece) {
        pieces.add(piece);
        notifyAll();
    }

    public synchronized void done(FinishReason reason, Timings timings) {
        done = Optional.of(new Done(reason, timings));
        notifyAll();
    }

    /** Ends the answer without allocating anything: memory may be what was lacking. */
    public synchronized void failed(Throwable cause) {
        failure = cause;
        notifyAll();
    }

    public boolean cancelled() {
        return cancelled;
    }

    /** Lets the answer end after the token that is being computed, if there are more to come. */
    public void cancel() {
        cancelled = true;
    }

    /**
     * Waits for the next piece.
     *
     * @return empty when the answer has ended
     * @throws RuntimeException if it could not be computed; an Error of the thread that computes is its cause
     */
    public synchronized Optional<AnswerChunk> next() throws InterruptedException {
        while (pieces.isEmpty() && done.isEmpty() && failure == null) {
            wait();
        }
        if (pieces.isEmpty() && failure != null) {
            throw failure instanceof RuntimeException e ? e : new IllegalStateException("the answer was not computed: " + failure, failure);
        }
        return Optional.ofNullable(pieces.poll());
    }

    /**
     * Waits for the end of the answer. A thread that is interrupted cancels it, and gets what came until then with its interrupt flag set.
     *
     * @param shown gets the text as it comes, on this thread; what it throws cancels the answer
     */
    public Generation await(Consumer<String> shown) {
        StringBuilder text = new StringBuilder();
        List<TokenChoice> tokens = new ArrayList<>();
        boolean interrupted = false;
        while (true) {
            try {
                Optional<AnswerChunk> piece = next();
                if (piece.isEmpty()) {
                    break;
                }
                piece.get().token().ifPresent(tokens::add);
                text.append(piece.get().text());
                if (!piece.get().text().isEmpty()) {
                    shown.accept(piece.get().text());
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
