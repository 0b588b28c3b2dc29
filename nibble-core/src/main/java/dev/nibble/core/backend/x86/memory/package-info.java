/** Off-heap buffers, and the measurement of memory bandwidth. Start with {@link dev.nibble.core.backend.x86.memory.Buffers}. */
package dev.nibble.core.backend.x86.memory;
