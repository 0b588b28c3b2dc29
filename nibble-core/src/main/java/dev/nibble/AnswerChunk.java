package dev.nibble;

import dev.nibble.text.sampling.TokenChoice;
import java.util.Optional;

/**
 * One more token of an answer, or at the end the text held back.
 *
 * @param token empty for text held back
 * @param text text to show now; empty while a character is incomplete or may begin a stop string
 */
public record AnswerChunk(Optional<TokenChoice> token, String text) {}
