package dev.nibble.core.x86.machine;

/** The instruction set of kernels. Results are bit-identical in all, except products on AMX tiles. */
public enum Isa {
    /** AVX-512 with VNNI, and AMX tiles for products with many tokens. */
    AMX("x86-amx"),
    /** AVX-512 with VNNI: vectors of 512 bits, and 32 of them. */
    AVX512("x86-avx512"),
    /** AVX2 and FMA: vectors of 256 bits. */
    AVX2("x86-avx2");

    private final String backend;

    Isa(String backend) {
        this.backend = backend;
    }

    /** The name of the backend. */
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
     * The prefetch distance of a stream, in bytes. With 2048, eight streams with a stride that is a multiple of 4096 bytes evict each other
     * from a cache of 32 KiB.
     */
    public int ahead() {
        return wide() ? 2048 : 384;
    }
}
