package dev.nibble.core.model.architecture;

import dev.nibble.core.model.ModelBuilder;
import dev.nibble.core.model.mapping.Architecture;

/** A complete model family: names, configuration and forward pass. One implementation per file. */
public interface Family extends Architecture, ModelBuilder {}
