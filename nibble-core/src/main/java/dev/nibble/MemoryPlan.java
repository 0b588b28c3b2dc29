package dev.nibble;

/**
 * Memory of the sequences, computed before it is allocated.
 *
 * @param context positions of each sequence
 * @param sequences number of concurrent sequences
 * @param cache bytes of the KV cache when every sequence is full
 * @param available bytes available when the plan was made
 */
public record MemoryPlan(int context, int sequences, long cache, long available) {}
