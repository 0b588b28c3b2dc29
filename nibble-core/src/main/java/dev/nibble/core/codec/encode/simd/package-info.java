/** Row encoders with the Vector API, one group per lane. Start with {@link dev.nibble.core.codec.encode.simd.LaneEncoders}. */
package dev.nibble.core.codec.encode.simd;
