package dev.nibble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.quantization.Hessian;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The memory estimate of {@code --dry-run}: grows only with the data held at the same time. */
class MemoryEstimateTest {
    private static final int HIDDEN = 256;
    @TempDir
    Path folder;

    private Run dryRun(Object... options) throws IOException {
        Path model = folder.resolve("model");
        if (Files.notExists(model)) {
            DemoModel.unpack(model);
        }
        List<Object> all = new ArrayList<>(List.of("quantize", model, "--dry-run", "--threads", 2));
        all.addAll(List.of(options));
        for (String byDefault : List.of("--samples=8", "--seqlen=64")) {
            if (all.stream().noneMatch(option -> option.toString().startsWith(byDefault.substring(0, byDefault.indexOf('='))))) {
                all.add(byDefault);
            }
        }
        Run run = Run.nibble(all.toArray());
        assertThat(run.exitCode()).as(run.err()).isZero();
        return run;
    }

    private JsonNode memory(Object... options) throws IOException {
        List<Object> all = new ArrayList<>(List.of(options));
        all.add("--json");
        JsonNode facts = JsonMapper.builder().build().readTree(dryRun(all.toArray()).out());
        long calibration = facts.get("memory").get("calibration").asLong();
        long weights = facts.get("memory").get("weights").asLong();
        assertThat(facts.get("memory_bytes").asLong()).isEqualTo(
                facts.get("memory").get("together").asBoolean() ? calibration + weights : Math.max(calibration, weights));
        return facts.get("memory");
    }

    private long calibration(Object... options) throws IOException {
        return memory(options).get("calibration").asLong();
    }

    private long blocks() throws IOException {
        return JsonMapper.builder().build().readTree(Files.readString(folder.resolve("model/config.json"))).get("num_hidden_layers")
                .asLong();
    }

    @Test
    void calibrationCountsWhatItHolds() throws IOException {
        assertThat(calibration("--method", "rtn")).isZero();
        long guided = calibration("--method", "gptq");
        long hessians = blocks() * 3 * Hessian.bytes(HIDDEN); // queries, the output of attention, gate; the down projection's is more
        assertThat(guided).isGreaterThan(hessians);
        assertThat(calibration("--method", "gptq", "--to", "Q8_0")).isEqualTo(guided);
        assertThat(calibration("--method", "smoothquant")).as("no Hessians").isBetween(1L, guided - hessians);
        long longer = calibration("--method", "gptq", "--seqlen=128") - guided;
        assertThat(longer).as("64 more tokens between layers").isGreaterThan(64 * 3 * HIDDEN * Float.BYTES);
        assertThat(calibration("--method", "gptq", "--samples=16")).as("one window at a time").isEqualTo(guided);
        int side = 768; // of the down projection: its Hessian, the factor and the factor's inverse are triangles of doubles
        assertThat(memory("--method", "gptq").get("weights").asLong() - memory("--method", "rtn").get("weights").asLong())
                .isGreaterThanOrEqualTo(3 * Hessian.bytes(side));
    }

    @Test
    void sequentialHoldsStatesAndOnePartsStatistics() throws IOException {
        long few = calibration("--method", "gptq", "--true-sequential");
        long more = calibration("--method", "gptq", "--true-sequential", "--samples=24");
        assertThat(more - few).isEqualTo(16L * 64 * HIDDEN * Float.BYTES);
        assertThat(memory("--method", "gptq", "--true-sequential").get("together").asBoolean()).isTrue();
        assertThat(dryRun("--method", "gptq", "--true-sequential").out()).contains("together with weights");
    }

    @Test
    void aBundleTakesNoCalibrating() throws IOException {
        dryRun("--method", "rtn");
        Path bundle = folder.resolve("bundle");
        assertThat(Run.nibble("calibrate", folder.resolve("model"), "-o", bundle, "--samples", 1, "--seqlen", 32).exitCode()).isZero();
        assertThat(dryRun("--method", "gptq", "--calibrate", bundle).out()).containsPattern("page cache and JVM: about [0-9.]+ [KM]iB\\n");
        assertThat(dryRun("--method", "gptq").out()).containsPattern("about [0-9.]+ MiB \\(calibration [0-9.]+ MiB, then weights");
    }
}
