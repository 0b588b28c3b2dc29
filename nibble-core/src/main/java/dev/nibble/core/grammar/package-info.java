/**
 * Constrained decoding: a GBNF grammar or a JSON schema becomes a {@link dev.nibble.core.grammar.Grammar}, and exactly those tokens are
 * masked that cannot come next, byte by byte. The vocabulary is known through {@link dev.nibble.core.grammar.TokenBytes} only, which every
 * tokenizer implements. Start at {@link dev.nibble.core.grammar.Gbnf} or {@link dev.nibble.core.grammar.JsonSchema}, then
 * {@link dev.nibble.core.grammar.TokenGrammar}.
 */
package dev.nibble.core.grammar;
