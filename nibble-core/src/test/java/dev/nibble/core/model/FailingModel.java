package dev.nibble.core.model;

import dev.nibble.core.kernel.Matrix;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

/** A model of eight equally likely tokens, whose calls throw given exceptions. */
public final class FailingModel implements Model {
    @SuppressWarnings("UnnecessaryLambda")
    private static final Supplier<Throwable> NOTHING = () -> null;

    private final CountDownLatch release = new CountDownLatch(1);
    private volatile Supplier<Throwable> inForward = NOTHING;
    private volatile Supplier<Throwable> inShape = NOTHING;
    private volatile Supplier<Throwable> inLogits = NOTHING;

    /** Releases the first step. */
    public CountDownLatch release() {
        return release;
    }

    public void inForward(Supplier<Throwable> failure) {
        inForward = failure;
    }

    /** Called when the scheduler creates a sequence. */
    public void inShape(Supplier<Throwable> failure) {
        inShape = failure;
    }

    public void inLogits(Supplier<Throwable> failure) {
        inLogits = failure;
    }

    @Override
    public int hidden() {
        return 4;
    }

    @Override
    public int vocabulary() {
        return 8;
    }

    @Override
    public int context() {
        return 16;
    }

    @Override
    public KvShape kvShape() {
        if (Thread.currentThread().getName().equals("nibble-scheduler")) {
            fail(inShape);
        }
        return new KvShape(1, 1, 4);
    }

    @Override
    public void forward(Batch batch, Matrix hidden, Trace trace) {
        try {
            release.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        fail(inForward);
        batch.runs().forEach(run -> {
            run.cache().reserve(run.tokens().length);
            run.cache().advance(run.tokens().length);
        });
    }

    @Override
    public void logits(Matrix hidden, Matrix logits) {
        fail(inLogits);
    }

    private static void fail(Supplier<Throwable> failure) {
        switch (failure.get()) {
            case null -> {
            }
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new AssertionError(e);
        }
    }
}
