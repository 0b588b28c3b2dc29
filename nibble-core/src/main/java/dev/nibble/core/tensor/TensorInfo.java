package dev.nibble.core.tensor;

/** A tensor's name, codec and shape, without its bytes. */
public record TensorInfo(String name, Codec codec, Shape shape) {
    public long bytes() {
        return codec.bytes(shape.count());
    }
}
