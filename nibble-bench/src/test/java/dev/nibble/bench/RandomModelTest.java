package dev.nibble.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.conversion.ModelSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Model for benchmarks: a valid GGUF file of the given shape, reproducible from the seed. */
class RandomModelTest {
    @TempDir
    Path folder;

    @Test
    void writesTheAskedShape() throws IOException {
        Path file = make("a.gguf", "--seed", "7");
        try (ModelSource model = ModelSource.open(file)) {
            assertThat(model.tensors()).hasSize(3 + 2 * 9);
            assertThat(model.metadata().integer("llama.block_count")).hasValue(2L);
            assertThat(model.checkpoint().info("blk.1.attn_k.weight").shape().dimensions()).containsExactly(128L, 256L);
        }
    }

    @Test
    void seedDecidesEveryByte() throws IOException {
        byte[] once = Files.readAllBytes(make("a.gguf", "--seed", "7"));
        assertThat(Files.readAllBytes(make("b.gguf", "--seed", "7"))).isEqualTo(once);
        assertThat(Files.readAllBytes(make("c.gguf", "--seed", "8"))).isNotEqualTo(once);
    }

    private Path make(String name, String... options) {
        Path file = folder.resolve(name);
        CommandLine command = new CommandLine(new RandomModel());
        String[] arguments = {"-o", file.toString(), "--layers", "2", "--hidden", "256", "--ffn", "512", "--heads", "4", "--kv-heads", "2",
            "--vocabulary", "512", options[0], options[1]};
        assertThat(command.execute(arguments)).isZero();
        return file;
    }
}
