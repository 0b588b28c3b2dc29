package dev.nibble.core.backend.x86.matmul;

import dev.nibble.core.codec.AdditiveCodes;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.x86.machine.Assembled;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Decoding of non-integer codes to floats. */
@FunctionalInterface
public interface Unpacking {
    /** Decodes {@code blocks} stored blocks. */
    void unpack(MemorySegment stored, MemorySegment floats, long blocks);

    /** Whether there is a kernel for a codec. */
    static boolean supports(Codec codec) {
        return codec instanceof ScaledLevels levels && LevelsKernel.supports(levels) || codec instanceof AdditiveCodes;
    }

    /** The decoding of a codec; empty if there is no kernel. */
    static Optional<Unpacking> of(Codec codec, MatMulKernels kernels, Arena arena) {
        if (!supports(codec)) {
            return Optional.empty();
        }
        return Optional.of(codec instanceof AdditiveCodes additive
                ? additive(additive, kernels, arena)
                : levels(kernels.levels((ScaledLevels) codec)));
    }

    private static Unpacking levels(Assembled kernel) {
        return (stored, floats, blocks) -> kernel.get().call(stored, floats, floats, blocks, 0, 0);
    }

    private static Unpacking additive(AdditiveCodes codec, MatMulKernels kernels, Arena arena) {
        MemorySegment vectors = codec.vectors().isNative()
                ? codec.vectors()
                : arena.allocate(codec.vectors().byteSize(), Float.BYTES).copyFrom(codec.vectors());
        Assembled kernel = kernels.additive(AdditiveKernel.of(codec));
        return (stored, floats, blocks) -> kernel.get().call(stored, floats, vectors, blocks, 0, 0);
    }
}
