/**
 * Fast encoders of whole rows, in machine code or with the Vector API, one lane per sub-block: every lane runs the plain codec's own algorithm,
 * in the same order of float operations, so the bytes are the same. {@link dev.nibble.core.codec.simd.RowEncoders} chooses one; nothing else in
 * the codecs imports {@code jdk.incubator.vector}.
 */
package dev.nibble.core.codec.encode;
