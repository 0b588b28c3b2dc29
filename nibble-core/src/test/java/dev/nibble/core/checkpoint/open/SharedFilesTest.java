package dev.nibble.core.checkpoint.open;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.SharedMaterial;
import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.checkpoint.gguf.Gguf;
import dev.nibble.core.checkpoint.gguf.GgufFile;
import dev.nibble.core.checkpoint.gguf.GgufWriter;
import dev.nibble.core.checkpoint.safetensors.Safetensors;
import dev.nibble.core.checkpoint.safetensors.SafetensorsWriter;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Files written by other programs: read, compared with known facts, copied byte for byte. */
@Tag("shared")
class SharedFilesTest {
    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> goldenGgufHasTheTensorsThatLlamaCppWrote() throws IOException {
        Path files = SharedMaterial.path("golden/gguf-files");
        JsonNode golden = JsonMapper.shared().readTree(Files.readString(files.resolve("golden.json"))).get("files");
        assertThat(golden.size()).isGreaterThan(25);
        return golden.propertyStream().map(file -> DynamicTest.dynamicTest(file.getKey(), () -> {
            try (Gguf gguf = Gguf.open(files.resolve(file.getKey() + ".gguf"))) {
                file.getValue().propertyStream().forEach(tensor -> assertTensor(gguf, tensor.getKey(), tensor.getValue()));
                assertThat(gguf.architecture()).isEqualTo("llama");
                assertThat(gguf.warnings()).isEmpty();
            }
        }));
    }

    private static void assertTensor(Gguf gguf, String name, JsonNode expected) {
        Tensor tensor = gguf.tensor(name);
        assertThat(tensor.codec().ggufType()).hasValue(expected.get("ggml_type").asInt());
        long bytes = expected.get("bytes").asLong();
        if (bytes != tensor.data().byteSize()) { // for some types the padding up to the next tensor was counted
            assertThat(bytes).isEqualTo(GgufFile.padded(tensor.data().byteSize(), 32));
        }
        List<Long> fastestFirst = expected.get("shape").valueStream().map(JsonNode::asLong).toList();
        assertThat(tensor.shape().dimensions().reversed()).isEqualTo(fastestFirst);
        assertThat(sha256(tensor, bytes)).as(name).isEqualTo(expected.get("sha256_raw").asString());
    }

    private static String sha256(Tensor tensor, long bytes) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(tensor.data().asByteBuffer());
            digest.update(new byte[(int) (bytes - tensor.data().byteSize())]);
            return HexFormat.of().formatHex(digest.digest());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    @TestFactory
    Stream<DynamicTest> ggufCopiesAreTheSameBytes() throws IOException {
        List<Path> files = Stream.of("golden/gguf-files", "models/raw", "tokenizers/ggml-vocab").map(SharedMaterial::path)
                .flatMap(root -> files(root, ".gguf").stream()).toList();
        assertThat(files).hasSizeGreaterThan(40);
        return files.stream().map(path -> DynamicTest.dynamicTest(path.getFileName().toString(), () -> {
            Path copy = folder.resolve("copy-" + path.getFileName());
            try (Gguf gguf = Gguf.open(path)) {
                List<TensorInfo> tensors = gguf.names().stream().map(gguf::info).toList();
                assertThat(GgufWriter.fileSize(gguf.ggufMetadata(), tensors)).isEqualTo(Files.size(path));
                try (GgufWriter writer = GgufWriter.create(copy, gguf.ggufMetadata(), tensors, false)) {
                    copyTensors(gguf, writer);
                }
            }
            assertThat(Files.mismatch(path, copy)).isEqualTo(-1);
        }));
    }

    private static List<Path> files(Path folder, String suffix) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void copyTensors(Checkpoint from, CheckpointWriter to) throws IOException {
        for (String name : from.names()) {
            to.write(name, 0, from.tensor(name).data());
        }
        to.commit();
    }

    @TestFactory
    Stream<DynamicTest> safetensorsCopiesHoldTheSame() throws IOException {
        List<Path> files = Stream.of("models", "golden/checkpoint-layouts").map(SharedMaterial::path)
                .flatMap(root -> files(root, ".safetensors").stream()).toList();
        assertThat(files).hasSizeGreaterThan(40);
        return files.stream().map(path -> DynamicTest.dynamicTest(path.getParent().getFileName() + "/" + path.getFileName(), () -> {
            Path copy = folder.resolve("copy.safetensors");
            try (Checkpoint original = Safetensors.open(path)) {
                List<TensorInfo> tensors = original.names().stream().map(original::info).toList();
                try (CheckpointWriter writer = SafetensorsWriter.create(copy, Map.of(), tensors, true)) {
                    copyTensors(original, writer);
                }
                try (Checkpoint copied = Safetensors.open(copy)) {
                    assertThat(copied.names()).hasSameSizeAs(original.names());
                    for (String name : original.names()) {
                        assertThat(copied.info(name)).isEqualTo(original.info(name));
                        assertThat(copied.tensor(name).data().mismatch(original.tensor(name).data())).isEqualTo(-1);
                    }
                }
            }
        }));
    }
}
