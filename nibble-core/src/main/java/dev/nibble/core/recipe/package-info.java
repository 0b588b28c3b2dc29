/**
 * Which tensor gets which codec, and the job that does it: {@link dev.nibble.core.recipe.Mixes} are the named recipes of GGUF files,
 * {@link dev.nibble.core.recipe.TypePlanner} applies one to a model, {@link dev.nibble.core.recipe.QuantizationJob} writes the file.
 */
package dev.nibble.core.recipe;
