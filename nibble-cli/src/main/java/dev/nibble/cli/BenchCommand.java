package dev.nibble.cli;

import dev.nibble.LoadOptions;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.inference.LoadedModel;
import dev.nibble.core.inference.ReadBandwidth;
import dev.nibble.core.inference.SpeedMeasurement;
import dev.nibble.core.model.KvCache;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code nibble bench}: a model's speed on this machine, and its share of the memory bandwidth. */
@Command(name = "bench", mixinStandardHelpOptions = true, sortOptions = false, description = "Measures a model's speed on this machine: tokens per second, load time, memory, and the share of the memory bandwidth.")
final class BenchCommand implements Callable<Integer> {
    private static final int BANDWIDTH_PASSES = 12;
    private static final double GIGA = 1e9;
    private static final double MEBI = 1 << 20;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "MODEL", description = "A GGUF file, or a Hugging Face directory.")
    private Path model;

    @Option(names = {"-t",
        "--threads"}, paramLabel = "N", split = ",", description = "Thread count, or several. Default: all cores.")
    private List<Integer> threads = List.of(Runtime.getRuntime().availableProcessors());

    @Mixin
    private BackendOption backend;

    @Option(names = "--prompt", paramLabel = "N", defaultValue = "512", description = "Prompt tokens; 0 for none. Default: ${DEFAULT-VALUE}.")
    private int prompt;

    @Option(names = "--generate", paramLabel = "N", defaultValue = "64", description = "Generated tokens; 0 for none. Default: ${DEFAULT-VALUE}.")
    private int generate;

    @Option(names = {"-r",
        "--repeat"}, paramLabel = "N", defaultValue = "5", description = "Measured rounds. Default: ${DEFAULT-VALUE}.")
    private int repeat;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    /** Measurements with one thread count: a row of the table. */
    private record Row(int threads, String backend, Map<String, Long> kernels, double loadSeconds, SpeedMeasurement speed, double readBytes,
            double bandwidth, double rssMib, double restMib) {
        double percent() {
            return bandwidth == 0 ? 0 : 100 * readBytes / bandwidth;
        }

        Map<String, Object> facts() {
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("threads", threads);
            facts.put("backend", backend);
            facts.put("kernels", kernels);
            facts.put("load_s", loadSeconds);
            facts.put("prompt_tokens_per_s", speed.promptTokensPerSecond());
            facts.put("generate_tokens_per_s", speed.generateTokensPerSecond());
            facts.put("read_GB_per_s", readBytes / GIGA);
            facts.put("bandwidth_GB_per_s", bandwidth / GIGA);
            facts.put("percent_of_bandwidth", percent());
            facts.put("rss_MiB", rssMib);
            facts.put("rss_beyond_weights_and_cache_MiB", restMib);
            return facts;
        }
    }

    @Override
    public Integer call() throws IOException {
        List<Row> rows = new ArrayList<>();
        for (int count : threads) {
            rows.add(measure(count));
        }
        if (json) {
            Map<String, Object> facts = rows.getLast().facts();
            if (rows.size() > 1) {
                facts.put("by_threads", rows.stream().map(Row::facts).toList());
            }
            JsonPrinter.print(facts, System.out);
        } else {
            print(rows);
        }
        return 0;
    }

    private Row measure(int count) throws IOException {
        LoadOptions options = backend.load(count);
        long start = System.nanoTime();
        try (LoadedModel loaded = LoadedModel.open(model, options);
                ProgressLine progress = new ProgressLine(model.getFileName() + ", "
                        + count + (count == 1 ? " thread" : " threads"))) {
            double loadSeconds = (System.nanoTime() - start) / GIGA;
            SpeedMeasurement speed = speed(loaded, progress);
            double read = speed.generateTokensPerSecond() * loaded.statistics().bytesPerToken();
            double resident = ProcessMemory.residentMib(); // before memory is taken for measuring its speed
            long weights = loaded.statistics().bytesByKernel().values().stream().mapToLong(Long::longValue).sum();
            long cache = KvCache.bytes(loaded.kvShape(), Plain.F16, prompt + generate);
            return new Row(count, options.backends().name(), loaded.statistics().bytesByKernel(), loadSeconds, speed, read,
                    ReadBandwidth.measure(options.backends().ops(), count, BANDWIDTH_PASSES), resident,
                    resident - (weights + cache) / MEBI);
        }
    }

    private SpeedMeasurement speed(LoadedModel loaded, ProgressLine progress) {
        try {
            return SpeedMeasurement.of(loaded, prompt, generate, repeat, progress::show);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private void print(List<Row> rows) {
        TextTable table = new TextTable("threads", "prompt " + prompt + " tok/s", "generate " + generate + " tok/s", "read GB/s",
                "of memory's", "load", "RSS", "beyond weights and cache");
        for (Row row : rows) {
            table.row(row.threads, number(row.speed.promptTokensPerSecond()), number(row.speed.generateTokensPerSecond()),
                    number(row.readBytes / GIGA), String.format(Locale.ROOT, "%.0f %% of %.1f", row.percent(), row.bandwidth / GIGA),
                    Units.seconds(row.loadSeconds), String.format(Locale.ROOT, "%.0f MiB", row.rssMib),
                    String.format(Locale.ROOT, "%.0f MiB", row.restMib));
        }
        System.out.println(model + ", backend " + rows.getLast().backend);
        table.print(System.out);
        rows.getLast().kernels.forEach((kernel, bytes) -> System.out.println("  " + kernel + "  " + Units.bytes(bytes)));
    }

    private static String number(double value) {
        return value == 0 ? "-" : String.format(Locale.ROOT, value < 10 ? "%.2f" : "%.1f", value);
    }
}
