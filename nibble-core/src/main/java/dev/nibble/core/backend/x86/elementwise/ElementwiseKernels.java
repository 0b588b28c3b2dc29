package dev.nibble.core.backend.x86.elementwise;

import dev.nibble.core.x86.assembler.Instruction;
import dev.nibble.core.x86.machine.Assembled;
import dev.nibble.core.x86.machine.KernelCache;

/** The kernels of elementwise operations, norms and rotary position embedding. */
public record ElementwiseKernels(KernelCache cache) {
    public Assembled swish() {
        return cache.get("swish", SwishKernel::write);
    }

    public Assembled squares() {
        return cache.get("squares", NormKernels::squares);
    }

    public Assembled scaled() {
        return cache.get("scaled", NormKernels::scaled);
    }

    public Assembled adding() {
        return cache.get("adding", new CombiningKernel(Instruction.VADDPS)::write);
    }

    public Assembled multiplying() {
        return cache.get("multiplying", new CombiningKernel(Instruction.VMULPS)::write);
    }

    public Assembled rotation(int pairs, boolean interleaved) {
        return cache.get("rotation-" + pairs + (interleaved ? "-neighbours" : ""), new RopeKernel(pairs, interleaved)::write);
    }

    public Assembled exponential() {
        return cache.get("exponential", ExponentialKernel::write);
    }
}
