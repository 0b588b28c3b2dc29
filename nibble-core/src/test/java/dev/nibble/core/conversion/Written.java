package dev.nibble.core.conversion;

import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.checkpoint.gguf.Gguf;
import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.checkpoint.gguf.GgufWriter;
import dev.nibble.core.checkpoint.safetensors.SafetensorsWriter;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.TensorInfo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Plans carried out in the simplest way: every tensor at once, in one codec if allowed. */
final class Written {
    private Written() {}

    static Gguf gguf(Path target, GgufMetadata metadata, List<TensorSource> tensors, Codec matrices) throws IOException {
        List<TensorInfo> infos = tensors.stream().map(source -> info(source, matrices)).toList();
        try (CheckpointWriter writer = GgufWriter.create(target, metadata, infos, false)) {
            write(writer, tensors, infos);
        }
        return Gguf.open(target);
    }

    static void directory(Path target, SafetensorsConversion.Plan plan) throws IOException {
        Files.createDirectories(target);
        List<TensorInfo> infos = plan.tensors().stream()
                .map(source -> new TensorInfo(source.info().name(), Plain.F32, source.info().shape())).toList();
        try (CheckpointWriter writer = SafetensorsWriter.create(target.resolve("model.safetensors"), Map.of("format", "pt"), infos,
                false)) {
            write(writer, plan.tensors(), infos);
        }
        for (Map.Entry<String, String> file : plan.files().entrySet()) {
            Files.writeString(target.resolve(file.getKey()), file.getValue());
        }
    }

    private static TensorInfo info(TensorSource source, Codec matrices) {
        TensorInfo info = source.info();
        return GgufConversion.alwaysF32(info.name(), info.shape())
                ? new TensorInfo(info.name(), Plain.F32, info.shape())
                : new TensorInfo(info.name(), matrices, info.shape());
    }

    private static void write(CheckpointWriter writer, List<TensorSource> tensors, List<TensorInfo> infos) throws IOException {
        for (int i = 0; i < tensors.size(); i++) {
            writer.write(infos.get(i).name(), 0, bytes(tensors.get(i), infos.get(i).codec()));
        }
        writer.commit();
    }

    static MemorySegment bytes(TensorSource source, Codec codec) {
        float[] numbers = InMemoryCheckpoint.numbers(source);
        MemorySegment bytes = Arena.ofAuto().allocate(codec.bytes(numbers.length));
        codec.encode(numbers, 0, numbers.length, Importance.EQUAL, bytes, 0);
        return bytes;
    }
}
