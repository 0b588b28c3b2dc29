package dev.nibble.core.recipe;

import java.util.OptionalInt;

/**
 * A named weight format of llm-compressor and vLLM: bits, groups and format together.
 *
 * @param group values per scale; -1 for a whole row, empty if the format has fixed groups
 * @param note  difference from the meaning of the name, or the empty text
 */
public record Scheme(String name, int bits, OptionalInt group, boolean symmetric, WeightFormat format, String note) {}
