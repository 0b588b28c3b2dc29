/**
 * Methods, schemes and recipe files: the algorithm, bits and format of every layer. Start at {@link dev.nibble.core.recipe.Methods}.
 */
package dev.nibble.core.recipe;
