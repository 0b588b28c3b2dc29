/**
 * Names, row orders and hyperparameters of model families in Hugging Face and GGUF files. Start at
 * {@link dev.nibble.core.model.mapping.Architecture}.
 */
package dev.nibble.core.model.mapping;
