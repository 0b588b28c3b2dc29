package dev.nibble.core.checkpoint.open;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.gguf.Gguf;
import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.checkpoint.gguf.GgufWriter;
import dev.nibble.core.checkpoint.io.Checksums;
import dev.nibble.core.checkpoint.io.FileBytes;
import dev.nibble.core.checkpoint.safetensors.Safetensors;
import dev.nibble.core.checkpoint.safetensors.SafetensorsWriter;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Shards, split files, folders, and files that change while they are read. */
class CheckpointsTest {
    @TempDir
    Path folder;

    private Path safetensors(String file, String... names) throws IOException {
        List<TensorInfo> tensors = Arrays.stream(names).map(name -> new TensorInfo(name, Plain.U8, Shape.of(name.length()))).toList();
        try (SafetensorsWriter writer = SafetensorsWriter.create(folder.resolve(file), Map.of(), tensors, true)) {
            for (String name : names) {
                writer.write(name, 0, MemorySegment.ofArray(name.getBytes(StandardCharsets.UTF_8)));
            }
            writer.commit();
        }
        return folder.resolve(file);
    }

    private Path index(String weightMap, long totalSize) throws IOException {
        return Files.writeString(folder.resolve("model.safetensors.index.json"),
                "{\"metadata\":{\"total_size\":" + totalSize + ",\"x\":[1]},\"weight_map\":{" + weightMap + "}}");
    }

    private String refusal() {
        Throwable thrown = catchThrowable(() -> Checkpoints.open(folder).close());
        assertThat(thrown).isInstanceOf(MalformedFileException.class);
        return thrown.getMessage();
    }

    @Test
    void shardsAreOneCheckpoint() throws IOException {
        safetensors("one.safetensors", "a", "bb");
        safetensors("two.safetensors", "ccc");
        index("\"ccc\":\"two.safetensors\",\"a\":\"one.safetensors\",\"bb\":\"one.safetensors\"", 6);
        try (Checkpoint checkpoint = Checkpoints.open(folder)) {
            assertThat(checkpoint.names()).containsExactlyInAnyOrder("a", "bb", "ccc");
            assertThat(checkpoint.files()).containsExactly(folder.resolve("two.safetensors"), folder.resolve("one.safetensors"));
            assertThat(checkpoint.file("bb")).isEqualTo(folder.resolve("one.safetensors"));
            assertThat(checkpoint.tensor("ccc").data().byteSize()).isEqualTo(3);
            assertThat(checkpoint.warnings()).isEmpty();
            assertThat(checkpoint.path()).isEqualTo(folder);
        }
        index("\"ccc\":\"two.safetensors\",\"a\":\"one.safetensors\",\"bb\":\"one.safetensors\"", 7);
        try (Checkpoint checkpoint = Checkpoints.open(folder)) {
            assertThat(checkpoint.warnings()).singleElement().asString().contains("7").contains("6"); // S38
        }
    }

    @Test
    void shardsSayThemselvesWhatTheirIndexWouldSay() throws IOException {
        for (String stem : List.of("model", "other")) {
            Path first = safetensors(stem + "-00001-of-00002.safetensors", "a", "bb");
            assertThat(refusal()).contains("SHARD_MISSING", stem + "-00002-of-00002.safetensors");
            Path second = safetensors(stem + "-00002-of-00002.safetensors", "ccc");
            try (Checkpoint checkpoint = Checkpoints.open(folder)) {
                assertThat(checkpoint.names()).containsExactly("a", "bb", "ccc");
                assertThat(checkpoint.files()).containsExactly(first, second);
                assertThat(checkpoint.path()).isEqualTo(folder);
            }
            safetensors(stem + "-00002-of-00002.safetensors", "a");
            assertThat(refusal()).contains("TENSOR_TWICE", "\"a\"");
            Files.delete(first);
            Files.delete(second);
        }
    }

    @Test
    void theOnlySafetensorsFileIsTheModelWhateverItsName() throws IOException {
        Path only = safetensors("weights.safetensors", "a");
        try (Checkpoint checkpoint = Checkpoints.open(folder)) {
            assertThat(checkpoint.files()).containsExactly(only);
        }
        safetensors("more.safetensors", "b");
        assertThat(refusal()).contains("NO_WEIGHTS");
    }

    @Test
    void foldersOfOtherKindsAreNamed() throws IOException {
        safetensors("adapter_model.safetensors", "a");
        Path adapter = Files.writeString(folder.resolve("adapter_config.json"), "{\"base_model_name_or_path\": \"example/base-7b\"}");
        assertThat(refusal()).contains("LoRA adapter of example/base-7b", "merge");
        Files.delete(adapter);
        Files.delete(folder.resolve("adapter_model.safetensors"));
        Files.createDirectories(folder.resolve("blobs"));
        Files.createDirectories(folder.resolve("snapshots/0123abc"));
        assertThat(refusal()).contains("Hub's cache", "0123abc");
        Files.delete(folder.resolve("blobs"));
        Path params = Files.writeString(folder.resolve("params.json"), "{}");
        Files.writeString(folder.resolve("consolidated.00.pth"), "");
        assertThat(refusal()).contains("Meta's own form");
        Files.delete(params);
        Files.writeString(folder.resolve("m-Q4_0.gguf"), "");
        assertThat(refusal()).contains("GGUF files", "m-Q4_0.gguf");
    }

    @Test
    void filesFromBeforeGgufAreNamedWhateverTheirName() throws IOException {
        for (String magic : List.of("lmgg", "fmgg", "tjgg", "algg")) {
            for (String name : List.of("ggml-model-q4_0.bin", "model.pt", "model.safetensors", "model.gguf")) {
                Path file = new FileBytes().ascii(magic).u32(3).zeros(600).write(folder.resolve(name));
                assertThatThrownBy(() -> Checkpoints.open(file)).hasMessageContaining("before GGUF");
            }
        }
    }

    @Test
    void indexAndShardsMustAgree() throws IOException { // S38
        safetensors("one.safetensors", "a");
        safetensors("two.safetensors", "b");
        index("\"a\":\"one.safetensors\",\"b\":\"three.safetensors\"", 2);
        assertThat(refusal()).contains("SHARD_MISSING", "three.safetensors", "\"b\"");
        for (String name : List.of("../one.safetensors", "/etc/passwd", "..", "", "a\\\\b", ".hidden")) {
            index("\"a\":\"" + name + "\"", 1);
            assertThat(refusal()).contains("SHARD_NAME", "\"a\"");
        }
        index("\"a\":\"one.safetensors\",\"b\":\"one.safetensors\"", 2);
        assertThat(refusal()).contains("SHARD_LACKS_TENSOR", "one.safetensors", "\"b\"");
        safetensors("two.safetensors", "b", "c");
        index("\"a\":\"one.safetensors\",\"b\":\"two.safetensors\"", 2);
        assertThat(refusal()).contains("SHARD_TENSOR_NOT_MAPPED", "two.safetensors", "\"c\"");
        safetensors("two.safetensors", "a", "b");
        assertThat(refusal()).contains("SHARD_TENSOR_ELSEWHERE", "two.safetensors", "\"a\"");
        index("\"a\":\"one.safetensors\",\"a\":\"one.safetensors\"", 2);
        assertThat(refusal()).contains("SHARD_INDEX_DUPLICATE", "\"a\"");
        for (String text : List.of("", "[]", "{}", "{\"weight_map\":[]}", "{\"weight_map\":{\"a\":1}}", "{\"weight_map\":{}}x",
                "{\"weight_map\":")) {
            Files.writeString(folder.resolve("model.safetensors.index.json"), text);
            assertThat(refusal()).contains("SHARD_INDEX", "model.safetensors.index.json");
        }
    }

    @Test
    void aMillionNamesOfOneShardOpenItOnce() throws IOException { // S39
        safetensors("one.safetensors", "a");
        StringBuilder map = new StringBuilder("\"a\":\"one.safetensors\"");
        for (int i = 0; i < 1_000_000; i++) {
            map.append(",\"").append(i).append("\":\"one.safetensors\"");
        }
        index(map.toString(), 1);
        assertThat(refusal()).contains("SHARD_LACKS_TENSOR");
    }

    @Test
    void foldersWithoutWeightsSayWhatWasLookedFor() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{}");
        assertThat(refusal()).contains("model.safetensors", "pytorch_model.bin.index.json", "it has config.json");
        assertThatThrownBy(() -> Checkpoints.open(folder.resolve("absent"))).isInstanceOf(IOException.class).hasMessageContaining("absent");
        Path other = Files.writeString(folder.resolve("notes.txt"), "hello there");
        assertThatThrownBy(() -> Checkpoints.open(other)).hasMessageContaining("UNKNOWN_FORMAT").hasMessageContaining("hello");
        Path page = Files.writeString(folder.resolve("model.gguf"), "\n<!doctype HTML><title>404");
        assertThatThrownBy(() -> Checkpoints.open(page)).hasMessageContaining("web page");
    }

    private Path part(int number, int count, int total, String tensor, GgufMetadata more) throws IOException {
        Path path = folder.resolve(String.format("m-%05d-of-00002.gguf", number + 1));
        GgufMetadata metadata = new GgufMetadata(more).putU16("split.no", number).putU16("split.count", count).putI32("split.tensors.count",
                total);
        List<TensorInfo> tensors = List.of(new TensorInfo(tensor, Plain.F32, Shape.of(1)));
        try (GgufWriter writer = GgufWriter.create(path, metadata, tensors, true)) {
            writer.write(tensor, 0, MemorySegment.ofArray(new byte[]{1, 2, 3, (byte) number}));
            writer.commit();
        }
        return path;
    }

    @Test
    void splitGgufIsOneModelFromWhicheverPart() throws IOException {
        GgufMetadata all = new GgufMetadata().putString("general.architecture", "test");
        Path first = part(0, 2, 2, "a", all);
        Path second = part(1, 2, 2, "b", new GgufMetadata());
        for (Path path : List.of(first, second)) {
            try (Gguf gguf = Gguf.open(path)) {
                assertThat(gguf.names()).containsExactly("a", "b");
                assertThat(gguf.files()).containsExactly(first, second);
                assertThat(gguf.architecture()).isEqualTo("test");
                assertThat(gguf.metadata()).containsOnlyKeys("general.architecture");
                assertThat(gguf.file("b")).isEqualTo(second);
            }
        }
    }

    /** {@code llama-gguf-split --merge} leaves the keys of parts behind, with a count of 0. */
    @Test
    void mergedPartsAreOneFile() throws IOException {
        Path path = part(0, 0, 1, "a", new GgufMetadata().putString("general.architecture", "test"));
        Path merged = Files.move(path, folder.resolve("merged.gguf"));
        try (Gguf gguf = Gguf.open(merged)) {
            assertThat(gguf.names()).containsExactly("a");
            assertThat(gguf.files()).containsExactly(merged);
        }
    }

    @Test
    void partsMustBelongTogether() throws IOException { // G38
        GgufMetadata all = new GgufMetadata().putString("general.architecture", "test");
        Path first = part(0, 2, 2, "a", all);
        assertThatThrownBy(() -> Gguf.open(first)).hasMessageContaining("GGUF_SPLIT_MISSING").hasMessageContaining("m-00002-of-00002.gguf");
        part(1, 2, 2, "b", new GgufMetadata().putString("general.architecture", "other"));
        assertThatThrownBy(() -> Gguf.open(first)).hasMessageContaining("GGUF_SPLIT_OTHER_MODEL").hasMessageContaining("m-00002");
        part(1, 2, 3, "b", new GgufMetadata());
        assertThatThrownBy(() -> Gguf.open(first)).hasMessageContaining("GGUF_SPLIT_TENSORS");
        part(1, 3, 2, "b", new GgufMetadata());
        assertThatThrownBy(() -> Gguf.open(first)).hasMessageContaining("GGUF_SPLIT_COUNT").hasMessageContaining("m-00002");
        part(1, 2, 2, "a", new GgufMetadata());
        assertThatThrownBy(() -> Gguf.open(first)).hasMessageContaining("GGUF_DUPLICATE_TENSOR").hasMessageContaining("\"a\""); // G16
        Files.copy(part(0, 2, 2, "b", all), folder.resolve("m-00002-of-00002.gguf"), StandardCopyOption.REPLACE_EXISTING);
        part(0, 2, 2, "a", all);
        assertThatThrownBy(() -> Gguf.open(first)).hasMessageContaining("GGUF_SPLIT_NUMBER");
        for (int count : new int[]{65_535, 3}) {
            part(0, count, 2, "a", all);
            assertThatThrownBy(() -> Gguf.open(first)).hasMessageContaining("GGUF_SPLIT_COUNT");
        }
        Path renamed = Files.move(part(0, 2, 2, "a", all), folder.resolve("renamed.gguf"));
        assertThatThrownBy(() -> Gguf.open(renamed)).hasMessageContaining("GGUF_SPLIT_NAME");
    }

    @Test
    void fileCutWhileReadIsNamed() throws IOException { // F03
        Path path = folder.resolve("big.safetensors");
        TensorInfo big = new TensorInfo("big", Plain.U8, Shape.of(1 << 20));
        try (SafetensorsWriter writer = SafetensorsWriter.create(path, Map.of(), List.of(big), false)) {
            writer.write("big", 0, MemorySegment.ofArray(new byte[1 << 20]));
            writer.commit();
        }
        try (Checkpoint checkpoint = Safetensors.open(path)) {
            checkpoint.verifyUnchanged();
            MemorySegment data = checkpoint.tensor("big").data();
            assertThat(Checkpoint.guarded(path, () -> Checksums.crc32c(data))).isNotZero();
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                channel.truncate(4096);
            }
            assertThatThrownBy(() -> Checkpoint.guarded(path, () -> Checksums.crc32c(data))).hasMessageContaining("FILE_CHANGED");
            float[] numbers = new float[1 << 20];
            assertThatThrownBy(() -> Checkpoint.guarded(path, () -> {
                big.codec().decode(data, 0, numbers, 0, numbers.length);
                return null;
            })).isInstanceOf(MalformedFileException.class).hasMessageContaining("FILE_CHANGED").hasMessageContaining("big.safetensors");
            assertThatThrownBy(checkpoint::verifyUnchanged).isInstanceOf(MalformedFileException.class).hasMessageContaining("FILE_CHANGED");
        }
        assertThatThrownBy(() -> Checkpoint.guarded(path, () -> {
            throw new InternalError("other");
        })).isInstanceOf(InternalError.class);
    }

    @Test
    void replacedFileIsNoticed() throws IOException { // S37
        Path path = safetensors("a.safetensors", "a");
        try (Checkpoint checkpoint = Safetensors.open(path)) {
            safetensors("a.safetensors", "b");
            assertThatThrownBy(checkpoint::verifyUnchanged).hasMessageContaining("FILE_CHANGED");
            assertThat(checkpoint.names()).containsExactly("a");
        }
    }
}
