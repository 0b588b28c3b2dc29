/**
 * The list of backends, the fastest first, and the choice among them; each backend is a package of its own. Start with {@link
 * dev.nibble.core.backend.Backends}.
 */
package dev.nibble.core.backend;
