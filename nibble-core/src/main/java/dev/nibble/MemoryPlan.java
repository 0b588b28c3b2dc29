package dev.nibble;

/**
 * What sequences will take, known before anything is taken.
 *
 * @param context   positions of every sequence
 * @param sequences at a time
 * @param cache     bytes of all keys and values when every sequence is full
 * @param available bytes there were when the plan was made
 */
public record MemoryPlan(int context, int sequences, long cache, long available) {}
