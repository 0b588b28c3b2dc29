/**
 * Mapped, bounded reading; atomic, locked, checksummed writing. Start at {@link dev.nibble.core.checkpoint.io.AtomicFile}.
 */
package dev.nibble.core.checkpoint.io;
