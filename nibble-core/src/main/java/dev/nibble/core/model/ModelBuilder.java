package dev.nibble.core.model;

import dev.nibble.core.model.mapping.GgufHyperparameters;

/** Builds the models of a family. */
@FunctionalInterface
public interface ModelBuilder {
    /** Builds a model of named layers. Prepares every weight; computes nothing. @param facts its hyper-parameters */
    Model build(GgufHyperparameters facts, Weights weights);
}
