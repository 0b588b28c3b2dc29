package dev.nibble.core.x86.machine;

/** The instructions that kernels are made of. Results do not depend on it, not by one bit, but for products on tiles. */
public enum Isa {
    /** The same as AVX-512 with VNNI, but products with many tokens are done on AMX's tiles. */
    AMX("x86-amx"),
    /** AVX-512 with VNNI: vectors of 512 bits, and 32 of them. */
    AVX512("x86-avx512"),
    /** AVX2 and FMA: vectors of 256 bits. */
    AVX2("x86-avx2");

    private final String backend;

    Isa(String backend) {
        this.backend = backend;
    }

    /** What the backend is called. */
    public String backend() {
        return backend;
    }

    public boolean in(CpuFeatures features) {
        return switch (this) {
            case AMX -> features.tiles();
            case AVX512 -> features.avx512();
            case AVX2 -> features.avx2();
        };
    }

    /** Whether vectors are of 512 bits. */
    public boolean wide() {
        return this != AVX2;
    }

    public int bits() {
        return wide() ? 512 : 256;
    }

    /**
     * How many bytes ahead of where a stream is read memory is asked for. Eight streams that are a multiple of 4096 bytes apart drive each other
     * out of a cache of 32 KiB if it is 2048.
     */
    public int ahead() {
        return wide() ? 2048 : 384;
    }
}
