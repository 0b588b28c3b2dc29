package dev.nibble;

import dev.nibble.text.sampling.TokenChoice;
import java.util.Optional;

/**
 * What came to an answer: one more token, or at the end what had been held back.
 *
 * @param token empty for what had been held back
 * @param text  what can be shown now; empty while a character is incomplete or a string to stop at may be beginning
 */
public record AnswerChunk(Optional<TokenChoice> token, String text) {}
