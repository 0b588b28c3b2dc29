package dev.nibble.core.backend.x86;

import dev.nibble.core.x86.machine.CpuFeatures;

/** The instructions that kernels are made of. Results do not depend on it, not by one bit. */
enum Isa {
    /** AVX-512 with VNNI: vectors of 512 bits, and 32 of them. */
    AVX512("x86-avx512"),
    /** AVX2 and FMA: vectors of 256 bits. */
    AVX2("x86-avx2");

    private final String backend;

    Isa(String backend) {
        this.backend = backend;
    }

    /** What the backend is called. */
    String backend() {
        return backend;
    }

    boolean in(CpuFeatures features) {
        return switch (this) {
            case AVX512 -> features.avx512();
            case AVX2 -> features.avx2();
        };
    }

    int bits() {
        return this == AVX512 ? 512 : 256;
    }
}
