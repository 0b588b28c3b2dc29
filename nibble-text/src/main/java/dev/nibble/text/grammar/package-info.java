/**
 * Constrained decoding: a GBNF grammar or a JSON schema becomes a {@link dev.nibble.text.grammar.Grammar}, and exactly those tokens are
 * masked that cannot come next. The vocabulary is seen through {@link dev.nibble.text.grammar.TokenBytes} only, which every tokenizer
 * implements. Start at {@link dev.nibble.text.grammar.Gbnf} or {@link dev.nibble.text.grammar.JsonSchema}, then
 * {@link dev.nibble.text.grammar.TokenGrammar}.
 */
package dev.nibble.text.grammar;
