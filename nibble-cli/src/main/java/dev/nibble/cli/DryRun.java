package dev.nibble.cli;

import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.recipe.Manifest;
import dev.nibble.core.recipe.PlannedTensor;
import dev.nibble.core.recipe.QuantizationJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Says what a quantization would do and need, and does nothing. */
final class DryRun {
    private final QuantizationJob job;
    private final ModelSource source;
    private final Path target;
    private final int threads;
    private final Manifest manifest;

    DryRun(QuantizationJob job, ModelSource source, Path target, int threads, Manifest manifest) {
        this.job = job;
        this.source = source;
        this.target = target;
        this.threads = threads;
        this.manifest = manifest;
    }

    void print(boolean json) throws IOException {
        long bytes = job.bytes(manifest);
        long free = Files.getFileStore(target.toAbsolutePath().getParent()).getUsableSpace();
        if (json) {
            Json.print(facts(bytes, free), System.out);
            return;
        }
        TextTable table = new TextTable("tensor", "shape", "from", "to", "size", "");
        for (PlannedTensor tensor : job.plan()) {
            table.row(tensor.source().name(), tensor.source().shape(), tensor.source().codec().name(), tensor.target().name(),
                    Units.bytes(tensor.result().bytes()), tensor.note());
        }
        table.print(System.out);
        long before = source.tensors().stream().mapToLong(tensor -> tensor.info().bytes()).sum();
        System.out.printf("%n%s would have %,d bytes (%s, from %s); the disk has %s free%n", target, bytes, Units.bytes(bytes),
                Units.bytes(before), Units.bytes(free));
        System.out.printf("memory beside the page cache: about %s with %d threads%n", Units.bytes(job.workingBytes(threads)), threads);
        if (free < bytes) {
            System.err.println("warning: not enough space on the disk");
        }
    }

    private Map<String, Object> facts(long bytes, long free) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("output", target.toString());
        facts.put("bytes", bytes);
        facts.put("disk_free_bytes", free);
        facts.put("memory_bytes", job.workingBytes(threads));
        facts.put("tensors", job.plan().stream().map(tensor -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("name", tensor.source().name());
            one.put("from", tensor.source().codec().name());
            one.put("type", tensor.target().name());
            one.put("bytes", tensor.result().bytes());
            one.put("note", tensor.note());
            return one;
        }).toList());
        return facts;
    }
}
