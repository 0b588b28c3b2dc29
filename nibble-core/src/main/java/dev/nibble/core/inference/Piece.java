package dev.nibble.core.inference;

import dev.nibble.core.sampling.TokenChoice;

/**
 * What one more token added to an answer.
 *
 * @param text what can be shown now; empty while a character is incomplete or a string to stop at may be beginning
 */
public record Piece(TokenChoice token, String text) {}
