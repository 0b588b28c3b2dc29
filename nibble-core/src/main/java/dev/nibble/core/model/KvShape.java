package dev.nibble.core.model;

/**
 * Shape of the keys and values of a position.
 *
 * @param heads    heads of keys, and of values
 * @param headSize values in a head
 */
public record KvShape(int layers, int heads, int headSize) {}
