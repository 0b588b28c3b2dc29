package dev.nibble.core.kernel;

import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.function.Supplier;

/** An implementation of matrix products and tensor operations: plain Java, the Vector API, or machine code assembled at run time. */
public interface Backend {
    /** The name that users select it by. */
    String name();

    /** Whether it is meant for machines like this, so that users should know why it cannot run. */
    default boolean fits() {
        return true;
    }

    /** The reason why this machine or JVM cannot run it; empty if it can. */
    Optional<String> unsupportedReason();

    /** The failure of its self-test, run once per process: it computes known products wrong. Empty if it passed. */
    default Optional<String> selfTestFailure() {
        return Optional.empty();
    }

    /**
     * Prepares a weight for repeated use: repacks it, assembles code for its shape. Empty if there is no kernel for the weight's codec; the
     * caller then asks the next backend.
     *
     * @param weight outputs × inputs
     * @param arena  for repacked weights; lives as long as the model
     */
    Optional<MatMul> prepare(Tensor weight, Arena arena);

    /** Whether its products with weights in this codec quantize activations first. */
    default boolean quantizesActivations(Codec codec) {
        return false;
    }

    /**
     * The number of tokens from which products may round and sum differently than with fewer. On either side a token's result does not
     * depend on the others.
     */
    default int manyTokens() {
        return Integer.MAX_VALUE;
    }

    /** The operations other than products with weights. @param rest the next backend's operations, for those this one lacks */
    Ops ops(Supplier<Ops> rest);
}
