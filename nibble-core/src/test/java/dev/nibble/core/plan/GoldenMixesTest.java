package dev.nibble.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.ProgressListener;
import dev.nibble.core.SharedMaterial;
import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.imatrix.Imatrix;
import dev.nibble.core.checkpoint.open.Checkpoints;
import dev.nibble.core.codec.Codecs;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.job.NonFinitePolicy;
import dev.nibble.core.job.Provenance;
import dev.nibble.core.job.QuantizationJob;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whole files against those of {@code llama-quantize}: each tensor's type and SHA-256. */
@Tag("shared")
class GoldenMixesTest {
    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> mixesOfWholeModel() throws IOException {
        Path model = SharedMaterial.path("models/derived/babyllama-105-wide256");
        JsonNode golden = json(SharedMaterial.path("golden/gguf-mixes/babyllama-105-wide256.json")).get("quantizations");
        assertThat(golden.propertyNames()).hasSizeGreaterThan(10);
        return golden.propertyNames().stream().map(name -> DynamicTest.dynamicTest(name, () -> {
            FileType fileType = FileTypes.named(name);
            assertThat(fileType.number()).isEqualTo(golden.get(name).get("file_type").asInt());
            quantizeAndCompare(model, TypeRequest.of(fileType), Optional.empty(), golden.get(name).get("tensors"), "sha256");
        }));
    }

    @TestFactory
    Stream<DynamicTest> pureFilesOfOneLayer() throws IOException {
        Path base = SharedMaterial.path("golden/gguf-files/base-L1-f32.gguf");
        Path imatrix = SharedMaterial.path("golden/gguf-files/base-L1.imatrix.gguf");
        JsonNode golden = json(SharedMaterial.path("golden/gguf-files/golden.json")).get("files");
        assertThat(golden.propertyNames()).filteredOn(name -> name.startsWith("L1-")).hasSizeGreaterThan(10);
        return golden.propertyNames().stream().filter(name -> name.startsWith("L1-")).map(name -> DynamicTest.dynamicTest(name, () -> {
            boolean weighted = name.endsWith("-imatrix");
            FileType fileType = FileTypes.named(name.substring(3).replace("-imatrix", ""));
            Optional<Imatrix> importance = weighted ? Optional.of(Imatrix.read(imatrix)) : Optional.empty();
            // the smallest types were made with the two large matrices in Q8_0
            Codec outer = codec(golden.get(name).get("output.weight"));
            TypeRequest request = new TypeRequest(fileType, true, List.of(), List.of(), Optional.of(outer), Optional.of(outer), false);
            quantizeAndCompare(base, request, importance, golden.get(name), "sha256_raw");
        }));
    }

    private void quantizeAndCompare(Path model, TypeRequest request, Optional<Imatrix> imatrix, JsonNode tensors, String hash)
            throws IOException {
        Path file = folder.resolve("out.gguf");
        try (ModelSource source = ModelSource.open(model)) {
            Provenance provenance = new Provenance("test", Provenance.options(request), List.of());
            new QuantizationJob(source, request, imatrix, NonFinitePolicy.REFUSE).run(file, true, 2, provenance, ProgressListener.SILENT);
        }
        try (Checkpoint written = Checkpoints.open(file)) {
            assertThat(written.names()).containsAll(tensors.propertyNames());
            for (Map.Entry<String, JsonNode> expected : tensors.properties()) {
                Tensor tensor = written.tensor(expected.getKey());
                String what = expected.getKey() + " as " + tensor.codec().name();
                JsonNode facts = expected.getValue();
                assertThat(tensor.codec()).as(what).isEqualTo(codec(facts));
                long bytes = facts.path("bytes").asLong(tensor.data().byteSize());
                assertThat(sha256(tensor.data(), bytes)).as(what).isEqualTo(facts.get(hash).asString());
                if (facts.has("sha256_dequant_f32")) {
                    assertThat(sha256(decoded(tensor))).as(what + ", decoded").isEqualTo(facts.get("sha256_dequant_f32").asString());
                }
            }
        }
    }

    private static Codec codec(JsonNode tensor) {
        return Codecs.ofGgufType(tensor.get("ggml_type").asInt()).orElseThrow();
    }

    private static MemorySegment decoded(Tensor tensor) {
        float[] numbers = new float[(int) tensor.shape().count()];
        tensor.codec().decode(tensor.data(), 0, numbers, 0, numbers.length);
        return MemorySegment.ofArray(numbers);
    }

    private static JsonNode json(Path file) throws IOException {
        return JsonMapper.shared().readTree(Files.readString(file));
    }

    private static String sha256(MemorySegment bytes) {
        return sha256(bytes, bytes.byteSize());
    }

    /** Some of the reference's hashes include the padding behind a tensor, up to {@code length}. */
    private static String sha256(MemorySegment bytes, long length) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes.toArray(ValueLayout.JAVA_BYTE));
            digest.update(new byte[(int) (length - bytes.byteSize())]);
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
