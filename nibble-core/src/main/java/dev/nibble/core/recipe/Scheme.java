package dev.nibble.core.recipe;

import java.util.OptionalInt;

/**
 * What llm-compressor and vLLM call a way to store weights by one name: bits, groups and format together.
 *
 * @param group numbers under one scale; -1 for a whole row, empty where the format has groups of its own
 * @param note  what differs from what the name stands for, or the empty text
 */
public record Scheme(String name, int bits, OptionalInt group, boolean symmetric, WeightFormat format, String note) {}
