/**
 * From logits to the next token: penalties, filters and the draw, reproducible from a seed on every machine, and the strings at which a text
 * stops. Knows no model, no tokenizer and no file. Start at {@link dev.nibble.core.sampling.TokenSampler}.
 */
package dev.nibble.core.sampling;
