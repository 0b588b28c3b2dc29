package dev.nibble.core.layout;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Stored tensors in memory, to be written and read. */
final class PartsInMemory implements Checkpoint, CheckpointWriter {
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Map<String, Object> metadata = new LinkedHashMap<>();

    static PartsInMemory declared(List<TensorInfo> parts) {
        PartsInMemory all = new PartsInMemory();
        parts.forEach(part -> all.put(part.name(), new Tensor(part.codec(), part.shape(), Arena.ofAuto().allocate(part.bytes()))));
        return all;
    }

    PartsInMemory put(String name, Tensor tensor) {
        tensors.put(name, tensor);
        return this;
    }

    PartsInMemory put(String name, Plain format, Shape shape, float... numbers) {
        MemorySegment data = Arena.ofAuto().allocate(format.bytes(numbers.length));
        format.encode(numbers, 0, numbers.length, Importance.EQUAL, data, 0);
        return put(name, new Tensor(format, shape, data));
    }

    /** Adds entries of the file's header. */
    PartsInMemory describe(Map<String, String> texts) {
        metadata.putAll(texts);
        return this;
    }

    PartsInMemory copy() {
        PartsInMemory copy = new PartsInMemory();
        copy.metadata.putAll(metadata);
        tensors.forEach((name, tensor) -> {
            MemorySegment data = Arena.ofAuto().allocate(tensor.data().byteSize());
            copy.put(name, new Tensor(tensor.codec(), tensor.shape(), data.copyFrom(tensor.data())));
        });
        return copy;
    }

    void remove(String name) {
        tensors.remove(name);
    }

    @Override
    public void write(String name, long position, MemorySegment bytes) {
        tensor(name).data().asSlice(position).copyFrom(bytes);
    }

    @Override
    public int crc32c(String name) {
        return 0;
    }

    @Override
    public void commit() {}

    @Override
    public Path path() {
        return Path.of("memory");
    }

    @Override
    public String format() {
        return "memory";
    }

    @Override
    public Set<String> names() {
        return tensors.keySet();
    }

    @Override
    public TensorInfo info(String name) {
        return new TensorInfo(name, tensor(name).codec(), tensor(name).shape());
    }

    @Override
    public Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("no tensor " + name);
        }
        return tensor;
    }

    @Override
    public long offset(String name) {
        return 0;
    }

    @Override
    public Path file(String name) {
        return path();
    }

    @Override
    public List<Path> files() {
        return List.of(path());
    }

    @Override
    public Map<String, Object> metadata() {
        return metadata;
    }

    @Override
    public List<String> warnings() {
        return List.of();
    }

    @Override
    public void verifyUnchanged() {}

    @Override
    public void close() {}
}
