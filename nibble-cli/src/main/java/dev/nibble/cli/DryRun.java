package dev.nibble.cli;

import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.recipe.Manifest;
import dev.nibble.core.recipe.PlannedTensor;
import dev.nibble.core.recipe.QuantizationJob;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Says what a quantization would do and need, and does nothing. */
final class DryRun {
    private final QuantizationJob job;
    private final ModelSource source;
    private final Path target;
    private final Manifest manifest;
    private final long beside;
    private final MemoryEstimate memory;
    private final TimeEstimate time;

    /** @param beside bytes that are kept beside the target meanwhile */
    DryRun(QuantizationJob job, ModelSource source, Path target, Manifest manifest, long beside, MemoryEstimate memory, TimeEstimate time) {
        this.job = job;
        this.source = source;
        this.target = target;
        this.manifest = manifest;
        this.beside = beside;
        this.memory = memory;
        this.time = time;
    }

    void print(boolean json) throws IOException {
        long bytes = job.bytes(manifest);
        DiskSpace disk = DiskSpace.of(target, bytes + beside);
        if (json) {
            Json.print(facts(bytes, disk), System.out);
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
                Units.bytes(before), Units.bytes(disk.free()));
        if (beside > 0) {
            System.out.printf("beside it, until it is done: up to %s%n", Units.bytes(beside));
        }
        System.out.println(memory.text());
        System.out.println("time: " + time.text());
        if (!disk.isEnough()) {
            StandardError.warning("not enough space on the disk");
        }
    }

    private Map<String, Object> facts(long bytes, DiskSpace disk) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("output", target.toString());
        facts.put("bytes", bytes);
        facts.put("disk_free_bytes", disk.free());
        facts.put("beside_bytes", beside);
        facts.put("memory_bytes", memory.bytes());
        facts.put("memory", memory.facts());
        facts.put("estimated_seconds", time.facts());
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
