package dev.nibble.core.kernel;

import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.function.Supplier;

/** Somewhere to compute: plain Java, the Vector API, machine code assembled at run time, a GPU. */
public interface Backend {
    /** The name users force it by. */
    String name();

    /** Whether it was made for machines like this one, so that an obstacle is worth a word. */
    default boolean fits() {
        return true;
    }

    /** Why this machine or JVM cannot run it, or empty if it can. */
    Optional<String> unsupportedReason();

    /** Why it must not be used although it runs: it was tested, once for the process, and computed known numbers wrong. Empty if it passed. */
    default Optional<String> selfTestFailure() {
        return Optional.empty();
    }

    /**
     * Readies a weight for repeated use: repacks it, assembles code for its shape, whatever pays. Empty if there is no kernel for the
     * weight's codec; the caller then asks the next backend.
     *
     * @param weight outputs × inputs
     * @param arena  for what is repacked; lives as long as the model
     */
    Optional<MatMul> prepare(Tensor weight, Arena arena);

    /** Whether its products with weights in that codec round the activations first. */
    default boolean quantizesActivations(Codec codec) {
        return false;
    }

    /**
     * From so many tokens on, products may round and sum another way than with fewer. On either side a token gets the same bits whatever others
     * there are.
     */
    default int manyTokens() {
        return Integer.MAX_VALUE;
    }

    /** The operations besides products with weights. @param rest those of the next backend, for what this one has no code for */
    Ops ops(Supplier<Ops> rest);
}
