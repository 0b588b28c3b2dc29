/**
 * The choice among the fast encoders of whole rows: machine code ({@code x86}), the Vector API ({@code simd}), or the codec's plain code.
 * All give the same bytes. Start with {@link dev.nibble.core.codec.encode.RowEncoders}.
 */
package dev.nibble.core.codec.encode;
