/** Row encoders in x86-64 machine code. Start with {@link dev.nibble.core.codec.encode.x86.X86Encoders}. */
package dev.nibble.core.codec.encode.x86;
