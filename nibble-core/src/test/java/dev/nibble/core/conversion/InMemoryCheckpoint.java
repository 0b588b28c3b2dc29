package dev.nibble.core.conversion;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Codec;
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
import java.util.random.RandomGenerator;

/** Tensors in memory. */
final class InMemoryCheckpoint implements Checkpoint {
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    InMemoryCheckpoint put(String name, Tensor tensor) {
        tensors.put(name, tensor);
        return this;
    }

    /** Adds a tensor of random values that are exact in every codec down to F16. */
    InMemoryCheckpoint random(RandomGenerator random, String name, long... shape) {
        float[] numbers = new float[Math.toIntExact(Shape.of(shape).count())];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (random.nextInt(255) - 127) / 64f;
        }
        return put(name, tensor(Plain.F32, Shape.of(shape), numbers));
    }

    static Tensor tensor(Codec codec, Shape shape, float[] numbers) {
        MemorySegment bytes = Arena.ofAuto().allocate(codec.bytes(numbers.length));
        codec.encode(numbers, 0, numbers.length, Importance.EQUAL, bytes, 0);
        return new Tensor(codec, shape, bytes);
    }

    float[] numbers(String name) {
        return numbers(tensor(name));
    }

    static float[] numbers(Tensor tensor) {
        float[] numbers = new float[Math.toIntExact(tensor.shape().count())];
        tensor.codec().decode(tensor.data(), 0, numbers, 0, numbers.length);
        return numbers;
    }

    static float[] numbers(TensorSource source) {
        float[] numbers = new float[Math.toIntExact(source.info().shape().count())];
        source.read(0, Math.toIntExact(source.info().shape().rows()), numbers, 0);
        return numbers;
    }

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
        return Map.of();
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
