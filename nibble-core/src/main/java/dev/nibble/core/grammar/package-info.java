/**
 * Grammars that an answer must follow: GBNF text or a JSON schema becomes a {@link dev.nibble.core.grammar.Grammar}, which masks the tokens
 * that cannot come next, exactly, byte by byte. Knows no model and no tokenizer but by {@link dev.nibble.core.grammar.TokenBytes}. Start at
 * {@link dev.nibble.core.grammar.Gbnf}.
 */
package dev.nibble.core.grammar;
