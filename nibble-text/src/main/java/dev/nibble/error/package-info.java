/**
 * Errors that a caller can act on, and the settings they name. Start at {@link dev.nibble.error.NibbleException}.
 */
package dev.nibble.error;
