/**
 * The codecs: layouts of numbers in bytes, one file each, and {@link dev.nibble.core.codec.Codecs}, their list. Knows no file, no model and
 * no algorithm beyond rounding to nearest. Start with {@link dev.nibble.core.codec.Q8_0}, the simplest.
 */
package dev.nibble.core.codec;
