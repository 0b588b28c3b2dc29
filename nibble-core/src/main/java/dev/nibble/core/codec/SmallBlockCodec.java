package dev.nibble.core.codec;

import dev.nibble.core.tensor.Codec;

/** Blocks of 32 codes under an F16 scale in the first two bytes: ggml's oldest types. A codec adds its range and its byte layout. */
public sealed interface SmallBlockCodec extends Codec permits ScaledIntegerCodec, MinimumBlocks {
    /** Numbers in a block. */
    int SIZE = 32;

    @Override
    default int blockSize() {
        return SIZE;
    }

    /** Reads the integers, before scaling, of the block that starts at {@code bytes[at]}. */
    void readCodes(byte[] bytes, int at, byte[] codes);
}
