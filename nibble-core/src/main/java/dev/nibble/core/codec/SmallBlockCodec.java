package dev.nibble.core.codec;

import dev.nibble.core.tensor.Codec;

/** Blocks of 32 codes under an F16 scale, their first two bytes: ggml's oldest types. A codec adds its range and its bytes. */
public sealed interface SmallBlockCodec extends Codec permits ScaledIntegerCodec, MinimumBlocks {
    /** Numbers in a block. */
    int SIZE = 32;

    @Override
    default int blockSize() {
        return SIZE;
    }

    /** Reads the integers that the scale multiplies, of the block that starts at {@code bytes[at]}. */
    void readCodes(byte[] bytes, int at, byte[] codes);
}
