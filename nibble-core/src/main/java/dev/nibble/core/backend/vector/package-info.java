/**
 * The portable fast backend: decodes panels of rows and multiplies them with the Vector API. Every result is the sum of sixteen
 * accumulators ({@link dev.nibble.core.backend.vector.LaneSum}) in plain code and in vectors of any width, so it does not depend on the
 * processor, the batch or the progress of the compiler. Start with {@link dev.nibble.core.backend.vector.VectorBackend}.
 */
package dev.nibble.core.backend.vector;
