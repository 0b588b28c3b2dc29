package dev.nibble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DryRunTest {
    @TempDir
    Path folder;

    private JsonNode dryRun(Path model, Object... options) {
        Object[] all = new Object[options.length + 5];
        System.arraycopy(new Object[]{"quantize", model, "--dry-run", "--json", "--threads=1"}, 0, all, 0, 5);
        System.arraycopy(options, 0, all, 5, options.length);
        Run run = Run.nibble(all);
        assertThat(run.exitCode()).as(run.err()).isZero();
        return JsonMapper.builder().build().readTree(run.out());
    }

    @Test
    void aDryRunCountsHessiansAndWhatIsKeptMeanwhile() throws IOException {
        Path model = folder.resolve("model");
        DemoModel.unpack(model);
        JsonNode plain = dryRun(model, "--to", "Q4_K_M");
        JsonNode rounded = dryRun(model, "--to", "Q4_K_M", "--method", "rtn");
        JsonNode guided = dryRun(model, "--to", "Q4_K_M", "--method", "gptq");
        assertThat(plain.get("beside_bytes").asLong()).isZero();
        long columns = 768; // of the down projections, whose Hessian is the largest
        assertThat(guided.get("memory_bytes").asLong() - rounded.get("memory_bytes").asLong())
                .isGreaterThanOrEqualTo(2 * Double.BYTES * columns * columns);
        assertThat(guided.get("memory_bytes").asLong()).isGreaterThan(plain.get("memory_bytes").asLong());
        assertThat(guided.get("beside_bytes").asLong()).isGreaterThan(guided.get("bytes").asLong());
        assertThat(dryRun(model, "--method", "gptq").get("beside_bytes").asLong()).isPositive();
        assertThat(dryRun(model, "--method", "gptq", "--true-sequential").get("beside_bytes").asLong()).isPositive();
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(model);
        }
    }
}
