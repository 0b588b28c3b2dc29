package dev.nibble.core.inference;

import dev.nibble.MemoryPlan;
import dev.nibble.core.model.KvCache;
import dev.nibble.core.model.KvShape;
import dev.nibble.core.model.Model;
import dev.nibble.core.tensor.Codec;
import dev.nibble.error.UnsupportedException;
import java.util.Locale;

/** Plans the KV cache of sequences within the available memory. */
final class MemoryPlanner {
    private static final int DEFAULT_SEQUENCES = 4;
    private static final int DEFAULT_CONTEXT = 8192;
    private static final double MIB = 1024 * 1024;

    private MemoryPlanner() {}

    /**
     * Plans for sequences of {@code wanted} positions.
     *
     * @param wanted 0 for the model's context length, at most {@value #DEFAULT_CONTEXT} and what fits the memory
     * @param sequences 0 for up to {@value #DEFAULT_SEQUENCES}, as many as fit half of the available memory without a smaller context
     * @throws UnsupportedException if they do not fit the memory, or exceed the model's positions
     */
    public static MemoryPlan of(Model model, int wanted, int sequences, Codec codec) {
        return of(model, wanted, sequences, codec, AvailableMemory.bytes());
    }

    public static MemoryPlan of(Model model, int wanted, int sequences, Codec codec, long available) {
        if (wanted < 0 || sequences < 0) {
            throw new IllegalArgumentException(sequences + " sequences of " + wanted + " positions");
        }
        if (model.kvShape().headSize() % codec.blockSize() != 0) {
            throw new UnsupportedException("the KV cache cannot be " + codec.name() + ": heads of " + model.kvShape().headSize()
                    + " values do not fill blocks of " + codec.blockSize() + "; use F16 or F32");
        }
        if (wanted > model.maxPositions()) {
            throw new UnsupportedException("a context of " + wanted + " is not possible: the model has a table of "
                    + model.maxPositions() + " positions");
        }
        if (sequences == 0) {
            MemoryPlan one = of(model, wanted, 1, codec, available);
            int fitting = Math.clamp(available / 2 / Math.max(1, one.cache()), 1, DEFAULT_SEQUENCES);
            return new MemoryPlan(one.context(), fitting, fitting * one.cache(), available);
        }
        int context = wanted == 0 ? defaultContext(model, sequences, codec, available) : wanted;
        long cache = bytes(model.kvShape(), codec, context, sequences);
        if (cache > available) {
            throw new UnsupportedException(String.format(Locale.ROOT,
                    "a context of %d takes %.0f MiB for keys and values in %s%s, and %.0f MiB are available; a context of %d would fit",
                    context, cache / MIB, codec.name(), sequences == 1 ? "" : " of " + sequences + " sequences", available / MIB,
                    largest(model.kvShape(), codec, sequences, available)));
        }
        return new MemoryPlan(context, sequences, cache, available);
    }

    private static int defaultContext(Model model, int sequences, Codec codec, long available) {
        int trained = Math.min(Math.min(model.context(), model.maxPositions()), DEFAULT_CONTEXT);
        return Math.max(1, Math.min(trained, largest(model.kvShape(), codec, sequences, available)));
    }

    private static int largest(KvShape shape, Codec codec, int sequences, long available) {
        long page = bytes(shape, codec, KvCache.PAGE, sequences);
        return (int) Math.min(Integer.MAX_VALUE, available / page * KvCache.PAGE);
    }

    private static long bytes(KvShape shape, Codec codec, int positions, int sequences) {
        return Math.multiplyExact(KvCache.bytes(shape, codec, positions), (long) sequences);
    }
}
