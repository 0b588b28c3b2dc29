package dev.nibble.core.checkpoint;

/** Limits on the sizes that a file may declare. Generous for real models, small enough for a small heap. */
public final class Limits {
    public static final long SAFETENSORS_HEADER = 100_000_000;
    public static final int TENSORS = 262_144;
    public static final int TENSORS_OF_ALL_SHARDS = 4_194_304;
    public static final int RANK = 8;
    public static final int NAME_BYTES = 512;
    public static final int METADATA_STRING = 16 << 20;

    public static final int GGUF_RANK = 4;
    public static final int GGUF_NAME_BYTES = 63;
    public static final int GGUF_KEYS = 65_536;
    public static final int GGUF_KEY_BYTES = 65_535;
    public static final int GGUF_STRING_BYTES = 16 << 20;
    public static final int GGUF_ARRAY = 64 << 20;
    public static final int GGUF_ALIGNMENT = 65_536;
    public static final int GGUF_PARTS = 9_999;

    public static final int PICKLE_OPERATIONS = 10_000_000;
    public static final int PICKLE_MEMO = 1_000_000;
    public static final long PICKLE_BYTES = 256L << 20;
    public static final int PICKLE_OBJECTS = 1_000_000;
    public static final int PICKLE_LONG_NUMBER = 1 << 16;
    public static final int PICKLE_DEPTH = 64;
    public static final int ZIP_ENTRIES = 262_144;
    public static final long EXPANDED_NUMBERS = 64L << 20;

    private Limits() {}
}
