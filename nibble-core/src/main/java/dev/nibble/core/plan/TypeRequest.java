package dev.nibble.core.plan;

import dev.nibble.core.tensor.Codec;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which types a user asks for.
 *
 * @param fileType           the named recipe
 * @param pure          every tensor gets the mix's base codec
 * @param overrides     the first pattern found in a tensor's name decides its codec
 * @param keep          tensors whose name contains one of these keep the type they have
 * @param output        codec of the output matrix
 * @param embedding     codec of the token embedding
 * @param classicFused  fused query–key–value matrices by the rules that llama.cpp had before March 2026
 */
public record TypeRequest(FileType fileType, boolean pure, List<TensorChoice> overrides, List<Pattern> keep, Optional<Codec> output,
        Optional<Codec> embedding, boolean classicFused) {
    /** Tensors whose name contains a match of {@code pattern} get {@code codec}. */
    public record TensorChoice(Pattern pattern, Codec codec) {}

    /** The mix and nothing else. */
    public static TypeRequest of(FileType fileType) {
        return new TypeRequest(fileType, false, List.of(), List.of(), Optional.empty(), Optional.empty(), false);
    }

    /** Every quantizable tensor in the base codec of {@code fileType}. */
    public static TypeRequest pure(FileType fileType) {
        return new TypeRequest(fileType, true, List.of(), List.of(), Optional.empty(), Optional.empty(), false);
    }
}
