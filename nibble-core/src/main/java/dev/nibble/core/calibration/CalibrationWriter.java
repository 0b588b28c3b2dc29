package dev.nibble.core.calibration;

import static dev.nibble.core.tensor.LittleEndian.DOUBLE;
import static dev.nibble.core.tensor.LittleEndian.LONG;

import dev.nibble.core.checkpoint.safetensors.SafetensorsWriter;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.inference.LoadedModel;
import dev.nibble.core.quantization.AbsMax;
import dev.nibble.core.quantization.Hessian;
import dev.nibble.core.quantization.MeanAbs;
import dev.nibble.core.quantization.MeanSquare;
import dev.nibble.core.quantization.Statistic;
import dev.nibble.core.quantization.Statistics;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.TensorInfo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes {@link Calibration} files, the statistics of one input after the other. */
final class CalibrationWriter implements AutoCloseable {
    private final SafetensorsWriter file;

    private CalibrationWriter(SafetensorsWriter file) {
        this.file = file;
    }

    static CalibrationWriter create(Path target, LoadedModel model, CalibrationText text, List<Calibration.Entry> entries,
            Set<Class<? extends Statistic<?>>> kinds, boolean overwrite) throws IOException {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(Calibration.VERSION_KEY, Calibration.VERSION);
        metadata.put("nibble.model", model.path().getFileName().toString());
        metadata.put("nibble.text", text.name());
        metadata.put("nibble.windows", String.valueOf(text.windows().size()));
        metadata.put("nibble.window_length", String.valueOf(text.length()));
        List<TensorInfo> tensors = new ArrayList<>();
        for (Calibration.Entry entry : entries) {
            String name = entry.layers().getFirst();
            metadata.put(Calibration.LAYERS_KEY + name, String.join(" ", entry.layers()));
            tensors.add(new TensorInfo(name + Calibration.ROWS, Plain.I64, Shape.of(1)));
            kinds.forEach(kind -> tensors.add(new TensorInfo(name + Calibration.suffix(kind), Plain.F64,
                    Shape.of(numbers(kind, entry.columns())))));
        }
        return new CalibrationWriter(SafetensorsWriter.create(target, metadata, tensors, overwrite));
    }

    private static long numbers(Class<? extends Statistic<?>> kind, int columns) {
        return kind == Hessian.class ? Hessian.bytes(columns) / Double.BYTES : columns;
    }

    /** Size of the statistics of one input, in memory and in the file. */
    static long bytes(Set<Class<? extends Statistic<?>>> kinds, int columns) {
        return kinds.stream().mapToLong(kind -> numbers(kind, columns) * Double.BYTES).sum();
    }

    void write(Calibration.Entry entry, Statistics statistics) throws IOException {
        String name = entry.layers().getFirst();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment rows = arena.allocate(Long.BYTES);
            rows.set(LONG, 0, statistics.rows());
            file.write(name + Calibration.ROWS, 0, rows);
        }
        for (Statistic<?> statistic : statistics.all()) {
            write(name, statistic);
        }
    }

    private void write(String name, Statistic<?> statistic) throws IOException {
        switch (statistic) {
            case AbsMax largest -> write(name + Calibration.suffix(AbsMax.class), 0, largest.values());
            case MeanAbs sums -> write(name + Calibration.suffix(MeanAbs.class), 0, sums.sums());
            case MeanSquare sums -> write(name + Calibration.suffix(MeanSquare.class), 0, sums.sums());
            case Hessian hessian -> {
                long position = 0;
                for (int i = 0; i < hessian.columns(); i++) {
                    write(name + Calibration.suffix(Hessian.class), position, hessian.upperRow(i));
                    position += (long) hessian.upperRow(i).length * Double.BYTES;
                }
            }
        }
    }

    private void write(String name, long position, double[] numbers) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate((long) numbers.length * Double.BYTES);
            MemorySegment.copy(numbers, 0, bytes, DOUBLE, 0, numbers.length);
            file.write(name, position, bytes);
        }
    }

    void commit() throws IOException {
        file.commit();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
