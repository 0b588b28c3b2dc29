package dev.nibble.core.model.architecture;

import dev.nibble.core.model.ModelBuilder;
import dev.nibble.core.model.mapping.Architecture;

/** A model family as a whole: its names and configuration, and how its models are put together. One implementation per file. */
public interface Family extends Architecture, ModelBuilder {}
