/**
 * Plain Java for every codec and operation, the reference that all other backends are tested against. Start with {@link
 * dev.nibble.core.backend.reference.ReferenceBackend}.
 */
package dev.nibble.core.backend.reference;
