/**
 * The model families, one per file, and the list of them. A new one is a file and a line in
 * {@link dev.nibble.core.model.architecture.Architectures}; copy the nearest.
 */
package dev.nibble.core.model.architecture;
