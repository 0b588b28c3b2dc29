package dev.nibble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.TimeEstimate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Estimates of time; only their form is tested, since their accuracy depends on the machine. */
class TimeEstimateTest {
    @TempDir
    Path folder;

    private Run dryRun(String options) throws IOException {
        Path model = folder.resolve("model");
        if (Files.notExists(model)) {
            DemoModel.unpack(model);
        }
        List<Object> all = new ArrayList<>(List.of("quantize", model, "--dry-run", "--threads", 2));
        all.addAll(List.of(options.split(" ")));
        Run run = Run.nibble(all.toArray());
        assertThat(run.exitCode()).as(run.err()).isZero();
        return run;
    }

    @ParameterizedTest
    @ValueSource(strings = {"--to Q4_K_M", "--method rtn", "--method gptq --to Q4_K_M"})
    void everyJobHasOne(String options) throws IOException {
        hasOne(options);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--method hqq", "--method int8 --format w8a8", "--method quip", "--method awq",
        "--method gptq --group -1 --true-sequential"})
    @Tag("thorough")
    void otherJobsHaveOne(String options) throws IOException {
        hasOne(options);
    }

    private void hasOne(String options) throws IOException {
        JsonNode seconds = JsonMapper.builder().build().readTree(dryRun(options + " --json").out()).get("estimated_seconds");
        boolean text = options.matches(".*(gptq|awq|quip).*");
        assertThat(seconds.get("weights").asDouble()).isPositive();
        assertThat(seconds.get("calibration").asDouble() > 0).isEqualTo(text);
        assertThat(seconds.get("total").asDouble())
                .isEqualTo(seconds.get("start").asDouble() + seconds.get("calibration").asDouble() + seconds.get("weights").asDouble());
        assertThat(dryRun(options).out()).containsPattern("time: about \\d+ (s|min) on 2 threads" + (text ? " \\(calibration " : ","));
    }

    @Test
    void aBundleTakesNoCalibrating() throws IOException {
        Path bundle = folder.resolve("bundle");
        dryRun("--method gptq");
        assertThat(Run.nibble("calibrate", folder.resolve("model"), "-o", bundle, "--samples", 1, "--seqlen", 32).exitCode()).isZero();
        assertThat(dryRun("--method gptq --calibrate " + bundle).out()).contains("time: about").doesNotContain("(calibration");
    }

    @Test
    void timesHaveNoMoreDigitsThanTheyCanHave() {
        assertThat(DryRun.text(0.2, new TimeEstimate(0, 0.1, 1))).startsWith("about 1 s on 1 thread, ");
        assertThat(DryRun.text(0, new TimeEstimate(30, 140, 2))).startsWith("about 3 min on 2 threads (calibration 30 s, weights 2 min)");
        assertThat(DryRun.text(0, new TimeEstimate(0, 9000, 2))).startsWith("about 2.5 h on");
    }
}
