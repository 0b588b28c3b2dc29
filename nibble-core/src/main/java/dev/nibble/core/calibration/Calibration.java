package dev.nibble.core.calibration;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.imatrix.ImatrixWriter;
import dev.nibble.core.checkpoint.safetensors.Safetensors;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.core.quantization.AbsMax;
import dev.nibble.core.quantization.Hessian;
import dev.nibble.core.quantization.MeanAbs;
import dev.nibble.core.quantization.MeanSquare;
import dev.nibble.core.quantization.Statistic;
import dev.nibble.core.quantization.Statistics;
import dev.nibble.core.tensor.LittleEndian;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The result of a calibration in a file: the statistics of every layer's inputs, read on request.
 *
 * <pre>
 *   safetensors; __metadata__: nibble.calibration = 2; layers:NAME = layers that share NAME's input, separated by spaces
 *   NAME.rows          I64 [1]   inputs seen
 *   NAME.absmax        F64 [columns]
 *   NAME.meanabs       F64 [columns]   sums, to be divided by the rows
 *   NAME.meansquare    F64 [columns]   sums likewise
 *   NAME.hessian       F64 [columns · (columns + 1) / 2]   sums of x_i · x_j: row i from column i on, row after row
 * </pre>
 *
 * In version 2 sums over windows are exact ({@link Statistic}); in version 1, still readable, they were rounded in the order of the text.
 * Neither can be merged with other statistics.
 */
public final class Calibration implements AutoCloseable {
    static final String VERSION_KEY = "nibble.calibration";
    static final String VERSION = "2";
    static final String LAYERS_KEY = "layers:";
    static final String ROWS = ".rows";
    private static final List<Class<? extends Statistic<?>>> KINDS = List.of(AbsMax.class, MeanAbs.class, MeanSquare.class, Hessian.class);
    private static final Set<String> READABLE = Set.of("1", VERSION);

    /**
     * One distinct input.
     *
     * @param layers  that share it; the input is named after the first
     * @param columns elements per input
     */
    public record Entry(List<String> layers, int columns) {
        public Entry {
            layers = List.copyOf(layers);
        }
    }

    private final Checkpoint file;
    private final Map<String, String> names = new LinkedHashMap<>(); // layer → input
    private final Map<String, List<String>> inputs = new LinkedHashMap<>();

    private Calibration(Checkpoint file) {
        this.file = file;
    }

    /** @throws MalformedFileException if it is not such a file */
    public static Calibration open(Path path) throws IOException {
        Checkpoint file = Safetensors.open(path);
        try {
            Calibration calibration = new Calibration(file);
            calibration.readLayers();
            return calibration;
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    static String suffix(Class<?> kind) {
        return "." + kind.getSimpleName().toLowerCase(Locale.ROOT);
    }

    private void readLayers() {
        if (!READABLE.contains(String.valueOf(file.metadata().get(VERSION_KEY)))) {
            throw wrong(VERSION_KEY, "is " + file.metadata().getOrDefault(VERSION_KEY, "missing") + ", expected 1 or " + VERSION
                    + ": this is not the file that a calibration of a model writes");
        }
        file.metadata().forEach((key, value) -> {
            if (key.startsWith(LAYERS_KEY)) {
                String name = key.substring(LAYERS_KEY.length());
                List<String> layers = List.of(String.valueOf(value).split(" "));
                inputs.put(name, layers);
                layers.forEach(layer -> names.put(layer, name));
            }
        });
    }

    public Path path() {
        return file.path();
    }

    /** The distinct inputs, each with its layers. */
    public Map<String, List<String>> inputs() {
        return Collections.unmodifiableMap(inputs);
    }

    /** Names of layers: GGUF's without {@code .weight}; an expert's number follows its tensor's name and a dot. */
    public Set<String> layers() {
        return Collections.unmodifiableSet(names.keySet());
    }

    /** Number of calibration windows. */
    public long windows() {
        return number("nibble.windows");
    }

    /** Tokens per window. */
    public long windowLength() {
        return number("nibble.window_length");
    }

    /** The name of the text. */
    public String text() {
        return String.valueOf(file.metadata().getOrDefault("nibble.text", ""));
    }

    private long number(String key) {
        try {
            return Long.parseLong(String.valueOf(file.metadata().get(key)));
        } catch (NumberFormatException e) {
            throw wrong(key, "is " + file.metadata().get(key) + ", expected a whole number");
        }
    }

    /** The statistics of a layer's inputs, read from the file; empty if the file does not know the layer. */
    public Optional<Statistics> statistics(String layer) {
        return Optional.ofNullable(names.get(layer)).map(name -> new Statistics(
                KINDS.stream().filter(kind -> file.names().contains(name + suffix(kind))).<Statistic<?>>map(kind -> read(name, kind))
                        .toList()));
    }

    private Statistic<?> read(String name, Class<? extends Statistic<?>> kind) {
        return Checkpoint.guarded(file.path(), () -> {
            long rows = tensor(name + ROWS, Plain.I64).data().get(LittleEndian.LONG, 0);
            if (rows < 0) {
                throw wrong(name + ROWS, rows + " inputs");
            }
            if (kind == Hessian.class) {
                return hessian(name + suffix(kind), rows);
            }
            double[] numbers = doubles(name + suffix(kind));
            return kind == AbsMax.class
                    ? AbsMax.of(numbers, rows)
                    : kind == MeanAbs.class ? MeanAbs.of(numbers, rows) : MeanSquare.of(numbers, rows);
        });
    }

    private Hessian hessian(String name, long rows) {
        Tensor tensor = tensor(name, Plain.F64);
        long count = tensor.shape().count();
        int columns = (int) ((Math.sqrt(8.0 * count + 1) - 1) / 2);
        if (columns < 1 || Hessian.bytes(columns) / Double.BYTES != count) {
            throw wrong(name, count + " values do not form a triangle");
        }
        return Hessian.ofRows(columns, rows, i -> doubles(name, tensor, Hessian.bytes(columns) - Hessian.bytes(columns - i), columns - i));
    }

    private double[] doubles(String name) {
        Tensor tensor = tensor(name, Plain.F64);
        if (tensor.shape().count() > Integer.MAX_VALUE - 8) {
            throw wrong(name, "has " + tensor.shape().count() + " values, expected one for each column");
        }
        return doubles(name, tensor, 0, (int) tensor.shape().count());
    }

    private double[] doubles(String name, Tensor tensor, long offset, int count) {
        double[] numbers = new double[count];
        MemorySegment.copy(tensor.data(), LittleEndian.DOUBLE, offset, numbers, 0, count);
        for (int i = 0; i < count; i++) {
            if (!Double.isFinite(numbers[i])) {
                throw wrong(name, "number " + (offset / Double.BYTES + i) + " is " + numbers[i]);
            }
        }
        return numbers;
    }

    private Tensor tensor(String name, Plain expected) {
        if (!file.names().contains(name)) {
            throw wrong(name, "is missing");
        }
        Tensor tensor = file.tensor(name);
        if (tensor.codec() != expected || tensor.shape().rank() != 1 || tensor.shape().count() < 1) {
            throw wrong(name, "is " + tensor.codec().name() + tensor.shape() + ", expected a vector of " + expected.name());
        }
        return tensor;
    }

    /**
     * Writes the mean squares as an importance matrix for llama.cpp. The output layer is left out, as in {@code llama-imatrix}.
     *
     * @param target a name ending in {@code .dat} selects the old format, any other GGUF
     */
    public void writeImatrix(Path target, boolean overwrite) throws IOException {
        List<ImatrixWriter.Entry> entries = new ArrayList<>();
        for (String layer : names.keySet()) {
            TensorName name = new TensorName(layer);
            int expert = name.expert().orElse(-1);
            if (expert <= 0 && name.block().isPresent()) {
                entries.add(new ImatrixWriter.Entry(name.tensor(), expert < 0 ? List.of(meanSquare(layer)) : experts(name.layer())));
            }
        }
        ImatrixWriter.write(target, entries, text(), Math.toIntExact(windows()), Math.toIntExact(windowLength()), overwrite);
    }

    private List<ImatrixWriter.Sums> experts(String layer) {
        List<ImatrixWriter.Sums> all = new ArrayList<>();
        while (names.containsKey(TensorName.expert(layer, all.size()))) {
            all.add(meanSquare(TensorName.expert(layer, all.size())));
        }
        return all;
    }

    private ImatrixWriter.Sums meanSquare(String layer) {
        String name = names.get(layer);
        if (!file.names().contains(name + suffix(MeanSquare.class))) {
            throw wrong(name + suffix(MeanSquare.class), "is missing: an importance matrix needs mean squares");
        }
        MeanSquare statistic = (MeanSquare) read(name, MeanSquare.class);
        return new ImatrixWriter.Sums(statistic.sums(), statistic.rows());
    }

    private MalformedFileException wrong(String entity, String reason) {
        return new MalformedFileException("CALIBRATION", file.path(), -1, entity, reason);
    }

    @Override
    public void close() {
        file.close();
    }
}
