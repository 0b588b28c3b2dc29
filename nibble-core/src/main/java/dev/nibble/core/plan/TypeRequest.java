package dev.nibble.core.plan;

import dev.nibble.core.tensor.Codec;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The types that a user asks for.
 *
 * @param fileType      the file type
 * @param pure          whether every tensor gets the base codec
 * @param overrides     the first pattern found in a tensor's name decides its codec
 * @param keep          tensors whose name contains one of these keep their type
 * @param output        codec of the output matrix
 * @param embedding     codec of the token embedding
 * @param classicFused  whether fused query–key–value matrices follow llama.cpp's rules before March 2026
 */
public record TypeRequest(FileType fileType, boolean pure, List<TensorChoice> overrides, List<Pattern> keep, Optional<Codec> output,
        Optional<Codec> embedding, boolean classicFused) {
    /** Tensors whose name contains a match of {@code pattern} get {@code codec}. */
    public record TensorChoice(Pattern pattern, Codec codec) {}

    /** The file type without changes. */
    public static TypeRequest of(FileType fileType) {
        return new TypeRequest(fileType, false, List.of(), List.of(), Optional.empty(), Optional.empty(), false);
    }

    /** Every quantizable tensor in the base codec of {@code fileType}. */
    public static TypeRequest pure(FileType fileType) {
        return new TypeRequest(fileType, true, List.of(), List.of(), Optional.empty(), Optional.empty(), false);
    }
}
