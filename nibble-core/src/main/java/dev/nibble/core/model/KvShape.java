package dev.nibble.core.model;

/**
 * What a model keeps of every position.
 *
 * @param heads    heads of keys, and of values
 * @param headSize numbers in a head
 */
public record KvShape(int layers, int heads, int headSize) {}
