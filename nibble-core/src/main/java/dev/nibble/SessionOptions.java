package dev.nibble;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Codec;

/**
 * Limits of a model's answers.
 *
 * @param context tokens of a prompt and its answer together; 0 for the model's context length, or less if memory is short
 * @param sequences answers computed at a time; more wait. 0 for up to 4, as many as fit half of the memory without a smaller context
 * @param kvCodec codec of the KV cache
 * @param batch prompt tokens per batch
 */
public record SessionOptions(int context, int sequences, Codec kvCodec, int batch) {
    private static final int DEFAULT_BATCH = 512;

    public static final SessionOptions DEFAULTS = new SessionOptions(0, 0, Plain.F16, DEFAULT_BATCH);

    public SessionOptions {
        if (batch < 1) {
            throw new IllegalArgumentException("a batch of " + batch + " tokens");
        }
    }

    public SessionOptions withContext(int positions) {
        return new SessionOptions(positions, sequences, kvCodec, batch);
    }

    public SessionOptions withSequences(int count) {
        return new SessionOptions(context, count, kvCodec, batch);
    }

    public SessionOptions with(Codec otherKvCodec) {
        return new SessionOptions(context, sequences, otherKvCodec, batch);
    }
}
