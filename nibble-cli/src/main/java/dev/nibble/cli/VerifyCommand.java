package dev.nibble.cli;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.TensorScan;
import dev.nibble.core.checkpoint.open.Checkpoints;
import dev.nibble.core.job.StoredChecksums;
import dev.nibble.core.kernel.Stage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nibble verify}: checks a file's structure, scales and checksums. */
@Command(name = "verify", mixinStandardHelpOptions = true, sortOptions = false, description = "Checks a model file: structure, finite scales and values, checksums.")
final class VerifyCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "A GGUF, safetensors or PyTorch file, or a Hugging Face directory.")
    private Path file;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        try (Checkpoint checkpoint = Checkpoints.open(file)) {
            List<String> faults = new ArrayList<>();
            long bytes = checkpoint.names().stream().mapToLong(name -> checkpoint.info(name).bytes()).sum();
            int checksums;
            try (ProgressDisplay progress = new ProgressDisplay()) {
                checksums = check(checkpoint, faults, new Stage(progress, "verifying", "bytes", bytes));
            }
            print(checkpoint, bytes, checksums, faults);
            return faults.isEmpty() ? 0 : 1;
        }
    }

    private static int check(Checkpoint checkpoint, List<String> faults, Stage stage) {
        Map<String, Integer> stored = StoredChecksums.of(checkpoint);
        for (String name : checkpoint.names()) {
            TensorScan scan = TensorScan.of(checkpoint.tensor(name));
            if (scan.notANumber() + scan.infinite() + scan.badScales() > 0) {
                faults.add("tensor " + name + " at offset " + checkpoint.offset(name) + ": " + String.join(", ", scan.warnings()));
            }
            Integer expected = stored.get(name);
            int found = expected == null ? 0 : StoredChecksums.compute(checkpoint.tensor(name));
            if (expected != null && expected != found) {
                faults.add("tensor %s at offset %d: checksum %08x, the file was written with %08x: the data has changed".formatted(name,
                        checkpoint.offset(name), found, expected));
            }
            stage.advance(name, checkpoint.info(name).bytes());
        }
        return stored.size();
    }

    private void print(Checkpoint checkpoint, long bytes, int checksums, List<String> faults) {
        if (json) {
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("file", checkpoint.path().toString());
            facts.put("ok", faults.isEmpty());
            facts.put("tensors", checkpoint.names().size());
            facts.put("bytes", bytes);
            facts.put("checksums", checksums);
            facts.put("faults", faults);
            facts.put("warnings", checkpoint.warnings());
            JsonPrinter.print(facts, System.out);
            return;
        }
        checkpoint.warnings().forEach(StandardError::warning);
        faults.forEach(fault -> StandardError.message(checkpoint.path() + ": " + fault));
        if (faults.isEmpty()) {
            System.out.println(checkpoint.path() + ": sound: " + checkpoint.names().size() + " tensors, " + Units.bytes(bytes) + ", "
                    + (checksums == 0 ? "no checksums" : checksums + " checksums agree"));
        }
    }
}
