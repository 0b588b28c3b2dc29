/** The list of backends, the fastest first, and the choice among them; each backend is a package of its own. */
package dev.nibble.core.backend;
