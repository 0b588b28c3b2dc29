package dev.nibble.cli;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.TensorScan;
import dev.nibble.core.conversion.ModelIdentity;
import dev.nibble.core.layout.QuantizedCheckpoint;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nibble inspect}: contents of a model file, and warnings. */
@Command(name = "inspect", mixinStandardHelpOptions = true, sortOptions = false, description = "Shows the contents of a model file: format, architecture, types, sizes, warnings.")
final class InspectCommand implements Callable<Integer> {
    /** Size above which values are sampled unless --full is given. */
    private static final long SCAN_ALL_BYTES = 2L << 30;
    private static final long SAMPLE = 1 << 20;
    private static final int LONGEST_VALUE = 100;

    @Parameters(paramLabel = "MODEL", description = "A GGUF, safetensors or PyTorch file, or a Hugging Face directory.")
    private Path model;

    @Option(names = "--tensors", description = "List every tensor.")
    private boolean tensors;

    @Option(names = "--metadata", description = "List every metadata key.")
    private boolean metadata;

    @Option(names = "--full", description = "Check every value even of models over 2 GiB, not a sample.")
    private boolean full;

    @Option(names = "--json", description = "Print everything as JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        try (Checkpoint checkpoint = QuantizedCheckpoint.open(model)) {
            List<String> warnings = warnings(checkpoint);
            if (json) {
                JsonPrinter.print(facts(checkpoint, warnings), System.out);
            } else {
                print(checkpoint, warnings);
            }
            return 0;
        }
    }

    private void print(Checkpoint checkpoint, List<String> warnings) throws IOException {
        System.out.printf(Locale.ROOT, "%s%n  format        %s%n%s  architecture  %s%n  parameters    %s%n  size          %s in %d file%s%n"
                + "  bits/weight   %.2f%n%n", checkpoint.path(), checkpoint.format(),
                quantization(checkpoint).map("  quantization  %s%n"::formatted).orElse(""), ModelIdentity.architecture(checkpoint),
                Units.count(parameters(checkpoint)), Units.bytes(bytes(checkpoint)), checkpoint.files().size(),
                checkpoint.files().size() == 1 ? "" : "s", bitsPerWeight(checkpoint));
        types(checkpoint).print(System.out);
        if (metadata) {
            System.out.println();
            TextTable table = new TextTable("key", "value");
            checkpoint.metadata().forEach((key, value) -> table.row(key, shortened(value)));
            table.print(System.out);
        }
        if (tensors) {
            System.out.println();
            TextTable table = new TextTable("tensor", "type", "shape", "size", "offset");
            for (String name : checkpoint.names()) {
                TensorInfo info = checkpoint.info(name);
                table.row(name, info.codec().name(), info.shape(), Units.bytes(info.bytes()), checkpoint.offset(name));
            }
            table.print(System.out);
        }
        warnings.forEach(warning -> System.out.println("warning: " + warning));
    }

    private static Optional<String> quantization(Checkpoint checkpoint) {
        return checkpoint instanceof QuantizedCheckpoint quantized ? Optional.of(quantized.description()) : Optional.empty();
    }

    private static TextTable types(Checkpoint checkpoint) {
        Map<String, long[]> sums = new TreeMap<>();
        for (String name : checkpoint.names()) {
            TensorInfo info = checkpoint.info(name);
            long[] sum = sums.computeIfAbsent(info.codec().name(), type -> new long[3]);
            sum[0]++;
            sum[1] += info.shape().count();
            sum[2] += info.bytes();
        }
        TextTable table = new TextTable("type", "tensors", "weights", "size", "bits/weight");
        sums.forEach((type, sum) -> table.row(type, sum[0], Units.count(sum[1]), Units.bytes(sum[2]),
                sum[1] == 0 ? "-" : String.format(Locale.ROOT, "%.2f", 8.0 * sum[2] / sum[1])));
        return table;
    }

    private List<String> warnings(Checkpoint checkpoint) throws IOException {
        List<String> warnings = new ArrayList<>(checkpoint.warnings());
        boolean all = full || bytes(checkpoint) <= SCAN_ALL_BYTES;
        for (String name : checkpoint.names()) {
            TensorScan scan = all ? TensorScan.of(checkpoint.tensor(name)) : TensorScan.of(checkpoint.tensor(name), SAMPLE);
            scan.warnings().forEach(warning -> warnings.add("tensor " + name + ": " + warning));
        }
        if (!all) {
            warnings.add("only a sample of the values was checked; --full checks all");
        }
        return warnings;
    }

    private static Map<String, Object> facts(Checkpoint checkpoint, List<String> warnings) throws IOException {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("format", checkpoint.format());
        quantization(checkpoint).ifPresent(description -> facts.put("quantization", description));
        facts.put("architecture", ModelIdentity.architecture(checkpoint));
        facts.put("parameters", parameters(checkpoint));
        facts.put("bytes", bytes(checkpoint));
        facts.put("bits_per_weight", bitsPerWeight(checkpoint));
        List<Object> tensors = new ArrayList<>();
        for (String name : checkpoint.names()) {
            TensorInfo info = checkpoint.info(name);
            Map<String, Object> tensor = new LinkedHashMap<>();
            tensor.put("name", name);
            tensor.put("type", info.codec().name());
            tensor.put("shape", fileOrder(checkpoint, info.shape()));
            tensor.put("bytes", info.bytes());
            tensor.put("offset", checkpoint.offset(name));
            tensors.add(tensor);
        }
        facts.put("tensors", tensors);
        facts.put("metadata", checkpoint.metadata());
        facts.put("warnings", warnings);
        return facts;
    }

    /** Dimensions in the file's order: GGUF writes the fastest-varying first, other formats last. */
    private static Object fileOrder(Checkpoint checkpoint, Shape shape) {
        return checkpoint.format().equals("gguf") ? shape.fastestFirst() : shape.dimensions();
    }

    private static long parameters(Checkpoint checkpoint) {
        return checkpoint.names().stream().mapToLong(name -> checkpoint.info(name).shape().count()).sum();
    }

    private static double bitsPerWeight(Checkpoint checkpoint) {
        long bytes = checkpoint.names().stream().mapToLong(name -> checkpoint.info(name).bytes()).sum();
        return parameters(checkpoint) == 0 ? 0 : 8.0 * bytes / parameters(checkpoint);
    }

    private static long bytes(Checkpoint checkpoint) throws IOException {
        long bytes = 0;
        for (Path file : checkpoint.files()) {
            bytes += Files.size(file);
        }
        return bytes;
    }

    private static String shortened(Object value) {
        if (value instanceof List<?> list && list.size() > 8) {
            return list.size() + " values: " + shortened(list.subList(0, 4)) + " …";
        }
        String text = String.valueOf(value).replace("\n", "\\n");
        return text.length() > LONGEST_VALUE ? text.substring(0, LONGEST_VALUE) + "…" : text;
    }
}
