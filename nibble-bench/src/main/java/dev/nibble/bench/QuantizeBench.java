package dev.nibble.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code quantize}: wall-clock time of whole processes that quantize a model, Nibble's and llama.cpp's {@code llama-quantize} in turns, and
 * their memory without page cache (RssAnon, polled). Medians.
 */
@Command(name = "quantize", mixinStandardHelpOptions = true, sortOptions = false, description = "Times quantizing a model, side by side with llama-quantize.")
final class QuantizeBench implements Callable<Integer> {
    /** Time and memory of one process. */
    private record Run(double seconds, long anonymousKib) {}

    @Option(names = "--model", required = true, paramLabel = "GGUF", description = "What to quantize.")
    private Path model;

    @Option(names = "--nibble", paramLabel = "PROGRAM", defaultValue = "./nibble", description = "Default: ${DEFAULT-VALUE}.")
    private Path nibble;

    @Option(names = "--peer", paramLabel = "PROGRAM", description = "A llama-quantize. Without it, only ours is timed.")
    private Path peer;

    @Option(names = "--types", split = ",", defaultValue = "Q8_0,Q4_0,Q4_K_M,Q6_K,Q2_K,IQ4_XS", description = "Default: ${DEFAULT-VALUE}.")
    private List<String> types;

    @Option(names = "--repeats", defaultValue = "3", description = "Default: ${DEFAULT-VALUE}.")
    private int repeats;

    @Option(names = "--threads", defaultValue = "2", description = "Default: ${DEFAULT-VALUE}.")
    private int threads;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory(model.toAbsolutePath().getParent(), "bench");
        try {
            System.out.println("| type | nibble, s | llama-quantize, s | ratio | nibble, MiB beside the page cache |");
            System.out.println("|---|---|---|---|---|");
            for (String type : types) {
                measure(type, folder.resolve("out.gguf"));
            }
        } finally {
            Files.deleteIfExists(folder.resolve("out.gguf"));
            Files.delete(folder);
        }
        return 0;
    }

    private void measure(String type, Path output) throws IOException, InterruptedException {
        List<Run> ours = new ArrayList<>();
        List<Run> theirs = new ArrayList<>();
        for (int i = 0; i < repeats; i++) {
            ours.add(run(output, nibble.toString(), "quantize", model.toString(), "--to", type, "-o", output.toString(), "--threads",
                    String.valueOf(threads)));
            if (peer != null) {
                theirs.add(run(output, peer.toString(), model.toString(), output.toString(), type, String.valueOf(threads)));
            }
        }
        double our = median(ours.stream().mapToDouble(Run::seconds).toArray());
        Optional<Double> their = theirs.isEmpty()
                ? Optional.empty()
                : Optional.of(median(theirs.stream().mapToDouble(Run::seconds).toArray()));
        long memory = ours.stream().mapToLong(Run::anonymousKib).max().orElse(0) / 1024;
        System.out.println(String.format(Locale.ROOT, "| %s | %.1f | %s | %s | %d |", type, our,
                their.map(seconds -> "%.1f".formatted(seconds)).orElse("-"),
                their.map(seconds -> "%.1f".formatted(seconds / our)).orElse("-"),
                memory));
    }

    private static Run run(Path output, String... command) throws IOException, InterruptedException {
        Files.deleteIfExists(output);
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        long largest = 0;
        while (!process.waitFor(20, TimeUnit.MILLISECONDS)) {
            largest = Math.max(largest, anonymousKib(process.pid()));
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        if (process.exitValue() != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + process.exitValue());
        }
        return new Run(seconds, largest);
    }

    /** Anonymous memory of a process; 0 if the system does not report it. */
    private static long anonymousKib(long process) {
        try {
            return Files.readAllLines(Path.of("/proc/" + process + "/status")).stream().filter(line -> line.startsWith("RssAnon:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).findFirst().orElse(0);
        } catch (IOException e) {
            return 0; // the process has ended
        }
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }
}
