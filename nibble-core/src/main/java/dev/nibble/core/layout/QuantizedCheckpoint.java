package dev.nibble.core.layout;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.open.Checkpoints;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Presents a checkpoint of quantized weights as one of ordinary weights: the stored tensors of a quantized module become one tensor,
 * {@code module.weight}, in the codec it is read into. All are checked on opening; a weight is repacked on request, and the last few are
 * cached. Closing it closes the underlying checkpoint.
 */
public final class QuantizedCheckpoint implements Checkpoint {
    private static final int KEPT = 4; // enough for a few threads
    private static final String WEIGHT = ".weight";
    private static final String BIAS = "bias";

    /**
     * A quantized module, or one of the layers fused in it.
     *
     * @param first stored tensor that determines its position in the file
     * @param row   first row of the layer in the module's weight
     */
    private record Module(String name, String first, Codec codec, long row, Shape shape, boolean transformed) {}

    private final Checkpoint file;
    private final QuantizationConfig config;
    private final WeightLayout layout;
    private final Map<String, Module> modules = new LinkedHashMap<>(); // by name of the weight
    private final Set<String> names = new LinkedHashSet<>();
    private final List<String> warnings;
    private final Map<String, Weight> kept = new LinkedHashMap<>(); // by name of the module, least recently used first

    private QuantizedCheckpoint(Checkpoint file, QuantizationConfig config) {
        this.file = file;
        this.config = config;
        this.layout = WeightLayouts.of(config);
        this.warnings = new ArrayList<>(file.warnings());
        findModules();
        if (modules.isEmpty()) {
            warnings.add(config.json().file() + " declares quantized weights (" + layout.name() + "), but none is");
        }
        Map<String, List<String>> weights = new LinkedHashMap<>();
        modules.forEach((name, module) -> weights.computeIfAbsent(module.name, any -> new ArrayList<>()).add(name));
        for (String name : file.names()) {
            names.addAll(moduleOf(name, weights.keySet()).filter(module -> !name.equals(module + layout.separator() + BIAS))
                    .map(weights::get).orElse(List.of(name)));
        }
    }

    /**
     * @param file closed with this view
     * @throws dev.nibble.error.UnsupportedException if Nibble does not read the layout
     */
    public static QuantizedCheckpoint of(Checkpoint file, QuantizationConfig config) {
        return Checkpoint.guarded(file.path(), () -> new QuantizedCheckpoint(file, config));
    }

    /** Opens a file or directory, presenting quantized weights as ordinary ones. */
    public static Checkpoint open(Path path) throws IOException {
        Checkpoint file = Checkpoints.open(path);
        try {
            Path directory = Files.isDirectory(path) ? path : path.toAbsolutePath().getParent();
            Optional<QuantizationConfig> config = file.format().equals("gguf") ? Optional.empty() : QuantizationConfig.of(directory);
            return config.isPresent() ? of(file, config.get()) : file;
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private void findModules() {
        Set<String> found = new HashSet<>();
        for (String name : file.names()) {
            Optional<String> mark = layout.suffixes().stream().filter(name::endsWith).findFirst();
            if (mark.isEmpty()) {
                continue;
            }
            String module = name.substring(0, name.length() - mark.get().length());
            if (found.add(module)) {
                StoredWeight stored = find(module, name);
                stored.warnings().forEach(warning -> warnings.add("layer " + module + ": " + warning));
                add(module, name, stored);
            }
        }
    }

    private void add(String module, String first, StoredWeight stored) {
        if (stored.layers().isEmpty()) {
            add(module + WEIGHT, new Module(module, first, stored.codec(), 0, stored.shape(), stored.isTransformed()));
        }
        long row = 0;
        for (StoredWeight.Layer layer : stored.layers()) {
            String weight = module.substring(0, module.lastIndexOf('.') + 1) + layer.name() + WEIGHT;
            Shape shape = Shape.of(layer.outputs(), stored.shape().columns());
            if (file.names().contains(weight)) {
                throw twice(weight, first, module);
            }
            add(weight, new Module(module, first, stored.codec(), row, shape, stored.isTransformed()));
            row += layer.outputs();
        }
    }

    private void add(String weight, Module module) {
        Module other = modules.put(weight, module);
        if (other != null) {
            throw twice(weight, module.first, other.name);
        }
    }

    private MalformedFileException twice(String weight, String first, String module) {
        return new MalformedFileException("TENSOR_TWICE", file.file(first), file.offset(first), weight,
                "is there twice: it is one of the layers in " + module);
    }

    private StoredWeight find(String module, String first) {
        try {
            return layout.find(parts(module), config);
        } catch (IllegalArgumentException | ArithmeticException e) { // sides and groups beyond what codecs hold
            throw new MalformedFileException("LAYOUT_SHAPE", file.file(first), file.offset(first), module,
                    "cannot be a weight: " + e.getMessage());
        }
    }

    /** The quantized module of a stored tensor: the longest prefix of its name that is one. */
    private Optional<String> moduleOf(String name, Set<String> quantized) {
        for (int end = name.lastIndexOf(layout.separator()); end > 0; end = name.lastIndexOf(layout.separator(), end - 1)) {
            String prefix = name.substring(0, end);
            if (quantized.contains(prefix)) {
                return Optional.of(prefix);
            }
        }
        return Optional.empty();
    }

    private ComponentTensors parts(String module) {
        return new ComponentTensors(file, module, layout.separator());
    }

    /** Method, bits, groups and conventions, on one line. */
    public String description() {
        return layout.describe(config) + "; " + modules.size() + " weights quantized";
    }

    /** Whether the tensor of that name is a quantized weight. */
    public boolean isQuantized(String name) {
        return modules.containsKey(name);
    }

    /** Whether the weight's input or output has to be transformed. */
    public boolean isTransformed(String name) {
        return isQuantized(name) && modules.get(name).transformed;
    }

    /** Whether a weight has this shape, or was padded to the shape that it has. */
    public boolean holds(String name, Shape shape) {
        Shape stored = info(name).shape();
        return stored.equals(shape) || isQuantized(name) && stored.equals(layout.padded(shape));
    }

    /** The weight of that name with its transforms. */
    public synchronized Weight weight(String name) {
        Module module = modules.get(name);
        if (module == null) {
            return Weight.of(file.tensor(name));
        }
        Weight weight = kept.remove(module.name);
        if (weight == null) {
            weight = Checkpoint.guarded(file.path(), () -> layout.find(parts(module.name), config).read(Arena.ofAuto()));
        }
        kept.put(module.name, weight);
        if (kept.size() > KEPT) {
            kept.remove(kept.keySet().iterator().next());
        }
        return weight.rows() == module.shape.rows() ? weight : weight.rows(module.row, module.shape.rows());
    }

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public String format() {
        return file.format();
    }

    @Override
    public Set<String> names() {
        return names;
    }

    @Override
    public TensorInfo info(String name) {
        Module module = modules.get(name);
        return module == null ? file.info(name) : new TensorInfo(name, module.codec, module.shape);
    }

    /**
     * The stored values. Those of a weight with transforms are not yet the values the model multiplies by; those of a fused layer are the
     * values of the whole module.
     */
    @Override
    public Tensor tensor(String name) {
        return isQuantized(name) ? weight(name).values() : file.tensor(name);
    }

    @Override
    public long offset(String name) {
        return file.offset(stored(name));
    }

    @Override
    public Path file(String name) {
        return file.file(stored(name));
    }

    private String stored(String name) {
        return isQuantized(name) ? modules.get(name).first : name;
    }

    @Override
    public List<Path> files() {
        return file.files();
    }

    @Override
    public Map<String, Object> metadata() {
        return file.metadata();
    }

    @Override
    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    @Override
    public void verifyUnchanged() throws IOException {
        file.verifyUnchanged();
    }

    @Override
    public void close() {
        file.close();
    }
}
