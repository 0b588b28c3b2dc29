package dev.nibble.cli;

import dev.nibble.MemoryEstimate;
import dev.nibble.ModelFile;
import dev.nibble.QuantizationPlan;
import dev.nibble.TensorPlan;
import dev.nibble.TimeEstimate;
import dev.nibble.core.pipeline.DiskSpace;
import dev.nibble.core.tensor.Shape;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Prints what a quantization would write and need. */
final class DryRun {
    private final QuantizationPlan plan;
    private final ModelFile source;
    private final Path target;

    DryRun(QuantizationPlan plan, ModelFile source, Path target) {
        this.plan = plan;
        this.source = source;
        this.target = target;
    }

    void print(boolean json) throws IOException {
        DiskSpace disk = DiskSpace.of(target, plan.bytes() + plan.temporaryBytes());
        if (json) {
            JsonPrinter.print(facts(disk), System.out);
            return;
        }
        TextTable table = plan.isDirectory()
                ? new TextTable("tensor", "shape", "from", "to", "size")
                : new TextTable("tensor", "shape", "from", "to", "size", "");
        for (TensorPlan tensor : plan.tensors()) {
            Shape shape = new Shape(tensor.shape());
            if (plan.isDirectory()) {
                table.row(tensor.name(), shape, tensor.from(), tensor.to(), Units.bytes(tensor.bytes()));
            } else {
                table.row(tensor.name(), shape, tensor.from(), tensor.to(), Units.bytes(tensor.bytes()), tensor.note());
            }
        }
        table.print(System.out);
        System.out.printf("%n%s would have %,d bytes%s (%s, from %s); the disk has %s free%n", target, plan.bytes(),
                plan.isDirectory() ? " of weights" : "", Units.bytes(plan.bytes()), Units.bytes(source.bytes()), Units.bytes(disk.free()));
        if (plan.temporaryBytes() > 0) {
            System.out.printf("temporary files: up to %s%n", Units.bytes(plan.temporaryBytes()));
        }
        System.out.println(text(plan.memory()));
        double start = start();
        System.out.println("time: " + text(start, plan.estimateTime()));
        if (!disk.isEnough()) {
            StandardError.warning("not enough disk space");
        }
    }

    private Map<String, Object> facts(DiskSpace disk) throws IOException {
        MemoryEstimate memory = plan.memory();
        double start = start();
        TimeEstimate time = plan.estimateTime();
        Map<String, Object> seconds = new LinkedHashMap<>();
        seconds.put("start", start);
        seconds.put("calibration", time.calibration());
        seconds.put("weights", time.weights());
        seconds.put("total", start + time.calibration() + time.weights());
        seconds.put("threads", time.threads());
        Map<String, Object> parts = new LinkedHashMap<>();
        parts.put("calibration", memory.calibration());
        parts.put("weights", memory.weights());
        parts.put("together", memory.together());
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("output", target.toString());
        facts.put("bytes", plan.bytes());
        facts.put("disk_free_bytes", disk.free());
        facts.put("beside_bytes", plan.temporaryBytes());
        facts.put("memory_bytes", memory.bytes());
        facts.put("memory", parts);
        facts.put("estimated_seconds", seconds);
        facts.put("tensors", plan.tensors().stream().map(tensor -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("name", tensor.name());
            one.put("from", tensor.from());
            one.put("type", tensor.to());
            one.put("bytes", tensor.bytes());
            one.put("note", tensor.note());
            return one;
        }).toList());
        return facts;
    }

    /** Seconds of startup and planning, which the real run repeats. */
    private static double start() {
        return ManagementFactory.getRuntimeMXBean().getUptime() / 1e3;
    }

    private static String text(MemoryEstimate memory) {
        String parts = memory.calibration() > 0
                ? " (calibration " + Units.bytes(memory.calibration())
                        + (memory.together() ? " together with weights " : ", then weights ") + Units.bytes(memory.weights()) + ")"
                : "";
        return "memory without page cache and JVM: about " + Units.bytes(memory.bytes()) + parts;
    }

    static String text(double start, TimeEstimate time) {
        String parts = time.calibration() > 0
                ? " (calibration " + about(time.calibration()) + ", weights " + about(time.weights()) + ")"
                : "";
        return "about " + about(start + time.seconds()) + " on " + time.threads() + (time.threads() == 1 ? " thread" : " threads") + parts
                + ", estimated from small samples";
    }

    /** Time rounded to the precision of an estimate. */
    private static String about(double seconds) {
        if (seconds < 60) {
            return Math.max(1, Math.round(seconds)) + " s";
        }
        double minutes = seconds / 60;
        return minutes < 90 ? Math.round(minutes) + " min" : String.format(Locale.ROOT, "%.1f h", minutes / 60);
    }
}
