package dev.nibble.cli;

import dev.nibble.core.recipe.PlannedTensor;
import dev.nibble.core.recipe.QuantizedDirectoryJob;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Says what quantizing into a directory would do and need, and does nothing. */
final class DirectoryDryRun {
    private final QuantizedDirectoryJob job;
    private final Path target;
    private final long beside;
    private final MemoryEstimate memory;
    private final TimeEstimate time;

    /** @param beside bytes that are kept beside the target meanwhile */
    DirectoryDryRun(QuantizedDirectoryJob job, Path target, long beside, MemoryEstimate memory, TimeEstimate time) {
        this.job = job;
        this.target = target;
        this.beside = beside;
        this.memory = memory;
        this.time = time;
    }

    void print(boolean json) throws IOException {
        DiskSpace disk = DiskSpace.of(target, job.bytes() + beside);
        if (json) {
            Json.print(facts(disk), System.out);
            return;
        }
        TextTable table = new TextTable("tensor", "shape", "from", "to", "size");
        for (PlannedTensor tensor : job.plan()) {
            table.row(tensor.source().name(), tensor.source().shape(), tensor.source().codec().name(), tensor.target().name(),
                    Units.bytes(tensor.result().bytes()));
        }
        table.print(System.out);
        System.out.printf("%n%s would have about %s of weights; the disk has %s free%n", target, Units.bytes(job.bytes()),
                Units.bytes(disk.free()));
        if (beside > 0) {
            System.out.printf("beside it, until it is done: up to %s%n", Units.bytes(beside));
        }
        System.out.println(memory.text());
        System.out.println("time: " + time.text());
        if (!disk.isEnough()) {
            StandardError.warning("not enough space on the disk");
        }
    }

    private Map<String, Object> facts(DiskSpace disk) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("output", target.toString());
        facts.put("bytes", job.bytes());
        facts.put("disk_free_bytes", disk.free());
        facts.put("beside_bytes", beside);
        facts.put("memory_bytes", memory.bytes());
        facts.put("memory", memory.facts());
        facts.put("estimated_seconds", time.facts());
        facts.put("tensors", job.plan().stream().map(tensor -> Map.of("name", tensor.source().name(), "from",
                tensor.source().codec().name(), "type", tensor.target().name(), "bytes", tensor.result().bytes())).toList());
        return facts;
    }
}
