package dev.nibble.core.inference;

import dev.nibble.core.sampling.TokenChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/** An answer on its way: pieces can be taken as they come, from one thread. Whoever does not want the rest cancels it. */
public final class Answer {
    private sealed interface Event {
        record Came(Piece piece) implements Event {}

        record Done(FinishReason reason, Timings timings) implements Event {}

        record Failed(RuntimeException cause) implements Event {}
    }

    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final long seed;
    private volatile boolean cancelled;
    private Optional<Event> end = Optional.empty();

    /** @param seed that its tokens are drawn with */
    Answer(long seed) {
        this.seed = seed;
    }

    /** The seed that its tokens are drawn with. */
    public long seed() {
        return seed;
    }

    void came(Piece piece) {
        events.add(new Event.Came(piece));
    }

    void done(FinishReason reason, Timings timings) {
        events.add(new Event.Done(reason, timings));
    }

    void failed(RuntimeException cause) {
        events.add(new Event.Failed(cause));
    }

    boolean cancelled() {
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
     * @throws RuntimeException if it could not be computed
     */
    public Optional<Piece> next() throws InterruptedException {
        if (end.isEmpty()) {
            Event event = events.take();
            if (event instanceof Event.Came came) {
                return Optional.of(came.piece());
            }
            end = Optional.of(event);
        }
        if (end.get() instanceof Event.Failed failed) {
            throw failed.cause();
        }
        return Optional.empty();
    }

    /**
     * Waits for the end of the answer. A thread that is interrupted cancels it, and gets what came until then with its interrupt flag set.
     *
     * @param shown gets the text as it comes, on this thread
     */
    public Generation await(Consumer<String> shown) {
        StringBuilder text = new StringBuilder();
        List<TokenChoice> tokens = new ArrayList<>();
        boolean interrupted = false;
        while (true) {
            try {
                Optional<Piece> piece = next();
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
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return end.filter(Event.Done.class::isInstance).map(Event.Done.class::cast)
                .map(done -> new Generation(text.toString(), tokens, done.reason(), done.timings(), seed)).orElseThrow();
    }

    /** Waits for the end of the answer. */
    public Generation await() {
        return await(text -> {});
    }
}
