package dev.nibble.core.backend.x86;

import dev.nibble.core.x86.assembler.Instruction;
import dev.nibble.core.x86.machine.Assembled;

/** The kernels that change numbers one by one or head by head. */
record ElementwiseKernels(KernelCache cache) {
    Assembled swish() {
        return cache.get("swish", SwishKernel::write);
    }

    Assembled squares() {
        return cache.get("squares", NormKernels::squares);
    }

    Assembled scaled() {
        return cache.get("scaled", NormKernels::scaled);
    }

    Assembled adding() {
        return cache.get("adding", new CombiningKernel(Instruction.VADDPS)::write);
    }

    Assembled multiplying() {
        return cache.get("multiplying", new CombiningKernel(Instruction.VMULPS)::write);
    }

    Assembled rotation(int pairs, boolean neighbours) {
        return cache.get("rotation-" + pairs + (neighbours ? "-neighbours" : ""), new RotationKernel(pairs, neighbours)::write);
    }

    Assembled exponential() {
        return cache.get("exponential", ExponentialKernel::write);
    }
}
