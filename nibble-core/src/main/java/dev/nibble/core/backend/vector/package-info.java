/**
 * The portable fast way to compute: rows are decoded a panel at a time and multiplied in the Vector API's lanes. Every number is the sum of
 * sixteen strands ({@link dev.nibble.core.backend.vector.Strands}) in plain code and in lanes of any width, so results do not depend on the
 * processor, on the batch, or on when the compiler was done.
 */
package dev.nibble.core.backend.vector;
