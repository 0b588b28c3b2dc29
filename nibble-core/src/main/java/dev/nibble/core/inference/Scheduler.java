package dev.nibble.core.inference;

import dev.nibble.Answer;
import dev.nibble.GenerationOptions;
import dev.nibble.MemoryPlan;
import dev.nibble.SessionOptions;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Threads;
import dev.nibble.core.model.Batch;
import dev.nibble.core.model.Model;
import dev.nibble.error.UnsupportedException;
import dev.nibble.text.sampling.TokenConstraint;
import dev.nibble.text.sampling.TokenSampler;
import dev.nibble.text.tokenizer.Tokenizer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * Continuous batching: every step computes the next token of each answer and a part of the waiting prompts together (Yu et al. 2022,
 * "Orca", section 3.1). Runs on its own thread.
 */
public final class Scheduler implements AutoCloseable {
    private record Request(Answer answer, int[] prompt, GenerationOptions options) {}

    private final Model model;
    private final Tokenizer tokenizer;
    private final Constraints constraints;
    private final SessionOptions options;
    private final MemoryPlan plan;
    private final SequencePool pool;
    private final Deque<Request> waiting = new ArrayDeque<>(); // guarded by this
    private final List<ActiveAnswer> active = new ArrayList<>(); // confined to the thread
    private Thread thread; // guarded by this
    private boolean closed; // guarded by this

    /** @throws UnsupportedException if the sequences do not fit the memory */
    public Scheduler(Model model, Tokenizer tokenizer, SessionOptions options) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.options = options;
        this.plan = MemoryPlanner.of(model, options.context(), options.sequences(), options.kvCodec());
        this.pool = new SequencePool(model, options, plan);
        this.constraints = new Constraints(tokenizer);
    }

    public MemoryPlan plan() {
        return plan;
    }

    /**
     * Starts or queues an answer.
     *
     * @param prompt token ids, at least one
     * @throws UnsupportedException if the prompt fills the context, is empty, or has ids outside the vocabulary
     */
    public Answer submit(int[] prompt, GenerationOptions request) {
        check(prompt);
        GenerationOptions seeded = request.seeded();
        Answer answer = new Answer(seeded.sampling().seed().orElseThrow());
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException("the model is closed");
            }
            if (thread == null) { // started before anything is queued: the system may refuse a thread
                thread = Thread.ofPlatform().daemon().name("nibble-scheduler").start(this::serve);
            }
            waiting.add(new Request(answer, prompt.clone(), seeded));
            notifyAll();
        }
        return answer;
    }

    private void check(int[] prompt) {
        if (prompt.length == 0) {
            throw new UnsupportedException("the prompt is empty, and the model has no token to begin a text with");
        }
        if (prompt.length >= plan.context() && prompt.length > 1) {
            throw new UnsupportedException("the prompt has " + prompt.length + " tokens, and the context is " + plan.context()
                    + ": earlier tokens are never discarded; shorten the prompt or use a larger context");
        }
        for (int id : prompt) {
            if (id < 0 || id >= model.vocabulary()) {
                throw new UnsupportedException("the prompt has token " + id + ", and the model has " + model.vocabulary()
                        + " tokens: do tokenizer and model belong together?");
            }
        }
    }

    /** Serves until closed. Anything thrown fails all answers, but does not end the thread. */
    private void serve() {
        Throwable failure = null;
        do {
            try {
                failAll(failure);
                while (admit()) {
                    step();
                }
                failAll(new IllegalStateException("the model was closed while it was answering"));
                failure = null;
            } catch (Throwable e) {
                failure = e;
            }
        } while (failure != null);
    }

    /** Fails all active and waiting answers without allocating. @param cause null for none */
    private void failAll(Throwable cause) {
        while (cause != null && !active.isEmpty()) {
            fail(active.getLast(), cause);
        }
        synchronized (this) {
            while (cause != null && !waiting.isEmpty()) {
                waiting.poll().answer.failed(cause);
            }
        }
    }

    /** Starts waiting requests while sequences are free. @return whether to continue */
    private synchronized boolean admit() {
        while (waiting.isEmpty() && active.isEmpty() && !closed) {
            try {
                wait();
            } catch (InterruptedException e) {
                closed = true; // an interrupt of this thread means its end
            }
        }
        while (!closed && !waiting.isEmpty() && pool.hasRoom()) {
            Request request = waiting.poll();
            try {
                start(request);
            } catch (Throwable e) {
                request.answer.failed(e);
            }
        }
        return !closed;
    }

    private void start(Request request) {
        TokenConstraint constraint = request.options.grammar().map(constraints::of).orElse(TokenConstraint.none());
        TokenSampler sampler = new TokenSampler(request.options.sampling(), model.vocabulary(), constraint);
        TokenSequence sequence = pool.take(request.prompt);
        try {
            active.add(new ActiveAnswer(request.answer, sequence, request.prompt, request.options, tokenizer, sampler));
        } catch (Throwable e) {
            pool.drop(sequence);
            throw e;
        }
    }

    private void step() {
        removeEnded();
        List<ActiveAnswer> batched = new ArrayList<>();
        List<int[]> tokens = new ArrayList<>();
        int budget = options.batch();
        for (boolean generating : new boolean[]{true, false}) { // generating answers first
            for (ActiveAnswer entry : active) {
                if (entry.generating() == generating && budget > 0) {
                    int[] pending = entry.pending(budget);
                    batched.add(entry);
                    tokens.add(pending);
                    budget -= pending.length;
                }
            }
        }
        if (!batched.isEmpty()) {
            compute(batched, tokens);
        }
    }

    private void removeEnded() {
        for (Iterator<ActiveAnswer> all = active.iterator(); all.hasNext();) {
            ActiveAnswer entry = all.next();
            if (entry.endsBeforehand()) {
                all.remove();
                pool.release(entry.sequence());
            }
        }
    }

    private void compute(List<ActiveAnswer> batched, List<int[]> tokens) {
        List<Batch.Run> runs = new ArrayList<>();
        for (int i = 0; i < batched.size(); i++) {
            runs.add(new Batch.Run(batched.get(i).sequence().cache(), tokens.get(i)));
        }
        Batch batch = new Batch(runs);
        try {
            Matrix hidden = Matrix.of(batch.rows(), model.hidden());
            model.forward(batch, hidden);
            for (int i = 0; i < batched.size(); i++) {
                batched.get(i).sequence().computed(tokens.get(i));
            }
            choose(batched, tokens, hidden);
        } catch (Throwable e) {
            batched.forEach(entry -> fail(entry, e));
        }
    }

    /** Computes the logits of answers whose prompt is complete and samples a token for each. */
    private void choose(List<ActiveAnswer> batched, List<int[]> tokens, Matrix hidden) {
        List<ActiveAnswer> choosing = new ArrayList<>();
        Matrix last = Matrix.of(batched.size(), model.hidden());
        int row = -1;
        for (int i = 0; i < batched.size(); i++) {
            row += tokens.get(i).length;
            if (batched.get(i).generating()) {
                System.arraycopy(hidden.data(), hidden.at(row), last.data(), last.at(choosing.size()), hidden.columns());
                choosing.add(batched.get(i));
            }
        }
        Matrix logits = Matrix.of(choosing.size(), model.vocabulary());
        model.logits(last.slice(0, choosing.size()), logits);
        for (int i = 0; i < choosing.size(); i++) {
            ActiveAnswer entry = choosing.get(i);
            try {
                if (entry.advance(Arrays.copyOfRange(logits.data(), logits.at(i), logits.at(i) + logits.columns()))) {
                    active.remove(entry);
                    pool.release(entry.sequence());
                }
            } catch (Throwable e) {
                fail(entry, e);
            }
        }
    }

    private void fail(ActiveAnswer entry, Throwable cause) {
        if (active.remove(entry)) {
            entry.answer().failed(cause);
            pool.drop(entry.sequence());
        }
    }

    /** Ends all answers. */
    @Override
    public void close() {
        Thread running;
        synchronized (this) {
            closed = true;
            running = thread;
            notifyAll();
        }
        if (running != null) {
            Threads.joinUninterruptibly(running);
        }
        pool.close();
    }
}
