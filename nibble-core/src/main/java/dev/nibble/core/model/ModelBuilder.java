package dev.nibble.core.model;

import dev.nibble.core.model.mapping.GgufHyperparameters;

/** Puts the models of a family together. */
@FunctionalInterface
public interface ModelBuilder {
    /** A model made of named layers. Prepares every weight; computes nothing. @param facts what its file says about it */
    Model build(GgufHyperparameters facts, Weights weights);
}
