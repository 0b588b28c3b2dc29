package dev.nibble.core.conversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.checkpoint.gguf.GgufWriter;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** GGUF files whose keys contradict each other are refused when they are opened, naming the key. */
class GgufCheckTest {
    @TempDir
    Path folder;

    @Test
    void soundFileIsOpened() throws IOException {
        try (ModelSource source = ModelSource.open(file(metadata -> {}))) {
            assertThat(source.tensors()).hasSize(1);
        }
    }

    @TestFactory
    Stream<DynamicTest> refuses() {
        return Stream.of(
                row("G28 no layers", "llama.block_count", metadata -> metadata.putU32("llama.block_count", 0)),
                row("G28 513 layers", "llama.block_count", metadata -> metadata.putU32("llama.block_count", 513)),
                row("G28 2^32-1 layers", "llama.block_count", metadata -> metadata.putU32("llama.block_count", 0xFFFFFFFFL)),
                row("G29 no heads", "llama.attention.head_count", metadata -> metadata.putU32("llama.attention.head_count", 0)),
                row("G29 heads do not divide", "llama.embedding_length", metadata -> metadata.putU32("llama.attention.head_count", 6)),
                row("G29 groups do not divide", "llama.attention.head_count_kv",
                        metadata -> metadata.putU32("llama.attention.head_count_kv", 3)),
                row("G29 epsilon", "llama.attention.layer_norm_rms_epsilon",
                        metadata -> metadata.putF32("llama.attention.layer_norm_rms_epsilon", -1)),
                row("G29 no context", "llama.context_length", metadata -> metadata.putU32("llama.context_length", 0)),
                row("G13 frequency NaN", "llama.rope.freq_base", metadata -> metadata.putF32("llama.rope.freq_base", Float.NaN)),
                row("G30 tokens", "tokenizer.ggml.tokens", metadata -> metadata.putStrings("tokenizer.ggml.tokens", List.of("a", "b"))),
                row("G31 scores", "tokenizer.ggml.scores", metadata -> metadata.putF32s("tokenizer.ggml.scores", new float[3])),
                row("G32 end", "tokenizer.ggml.eos_token_id", metadata -> metadata.putString("tokenizer.ggml.model", "gpt2")
                        .putU32("tokenizer.ggml.eos_token_id", 4)),
                row("G34 merge", "tokenizer.ggml.merges", metadata -> metadata.putString("tokenizer.ggml.model", "gpt2")
                        .putStrings("tokenizer.ggml.merges", List.of("a x"))));
    }

    private DynamicTest row(String name, String key, Consumer<GgufMetadata> change) {
        return DynamicTest.dynamicTest(name, () -> assertThatThrownBy(() -> ModelSource.open(file(change)))
                .isInstanceOf(MalformedFileException.class).hasMessageContaining(key).hasMessageContaining("model.gguf"));
    }

    private Path file(Consumer<GgufMetadata> change) throws IOException {
        GgufMetadata metadata = new GgufMetadata().putString("general.architecture", "llama").putU32("llama.block_count", 1)
                .putU32("llama.context_length", 16).putU32("llama.embedding_length", 32).putU32("llama.attention.head_count", 4)
                .putU32("llama.attention.head_count_kv", 2).putF32("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .putF32("llama.rope.freq_base", 10000).putStrings("tokenizer.ggml.tokens", List.of("a", "b", "c", "d"));
        change.accept(metadata);
        TensorInfo embedding = new TensorInfo("token_embd.weight", Plain.F32, Shape.of(4, 32));
        Path file = folder.resolve("model.gguf");
        try (GgufWriter writer = GgufWriter.create(file, metadata, List.of(embedding), true)) {
            writer.write(embedding.name(), 0, MemorySegment.ofArray(new byte[(int) embedding.bytes()]));
            writer.commit();
        }
        return file;
    }
}
