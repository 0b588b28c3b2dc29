/** Plain Java for every codec and operation: obviously right, the oracle of all other backends. */
package dev.nibble.core.backend.reference;
