package dev.nibble.core.tensor;

/** What is known of a tensor without its bytes. */
public record TensorInfo(String name, Codec codec, Shape shape) {
    public long bytes() {
        return codec.bytes(shape.count());
    }
}
