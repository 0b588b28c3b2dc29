package dev.nibble.cli;

import dev.nibble.core.recipe.PlannedTensor;
import dev.nibble.core.recipe.QuantizedDirectoryJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Says what quantizing into a directory would do and need, and does nothing. */
final class DirectoryDryRun {
    private final QuantizedDirectoryJob job;
    private final Path target;

    DirectoryDryRun(QuantizedDirectoryJob job, Path target) {
        this.job = job;
        this.target = target;
    }

    void print(boolean json) throws IOException {
        long free = Files.getFileStore(target.toAbsolutePath().normalize().getParent()).getUsableSpace();
        if (json) {
            Json.print(facts(free), System.out);
            return;
        }
        TextTable table = new TextTable("tensor", "shape", "from", "to", "size");
        for (PlannedTensor tensor : job.plan()) {
            table.row(tensor.source().name(), tensor.source().shape(), tensor.source().codec().name(), tensor.target().name(),
                    Units.bytes(tensor.result().bytes()));
        }
        table.print(System.out);
        System.out.printf("%n%s would have about %s of weights; the disk has %s free%n", target, Units.bytes(job.bytes()),
                Units.bytes(free));
        System.out.printf("memory beside the page cache: about %s for the largest layer%n", Units.bytes(job.workingBytes()));
        if (free < job.bytes()) {
            System.err.println("warning: not enough space on the disk");
        }
    }

    private Map<String, Object> facts(long free) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("output", target.toString());
        facts.put("bytes", job.bytes());
        facts.put("disk_free_bytes", free);
        facts.put("memory_bytes", job.workingBytes());
        facts.put("tensors", job.plan().stream().map(tensor -> Map.of("name", tensor.source().name(), "from",
                tensor.source().codec().name(), "type", tensor.target().name(), "bytes", tensor.result().bytes())).toList());
        return facts;
    }
}
