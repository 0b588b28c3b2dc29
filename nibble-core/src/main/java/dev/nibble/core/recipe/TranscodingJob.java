package dev.nibble.core.recipe;

import dev.nibble.core.UnsupportedException;
import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.layout.ConfigPart;
import dev.nibble.core.checkpoint.layout.QuantizedCheckpoint;
import dev.nibble.core.checkpoint.layout.QuantizedDirectoryWriter;
import dev.nibble.core.checkpoint.layout.WeightLayout;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.GroupCodec;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Weight;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Writes a quantized Hugging Face directory in another layout: codes, scales and zero points move, nothing is rounded. What was written is
 * read again, and every weight compared bit by bit.
 */
public final class TranscodingJob {
    private static final String WEIGHT = ".weight";

    /**
     * That a weight has the same values as before.
     *
     * @param from    the codec it is read into from the source
     * @param to      from the result
     * @param numbers that were compared, all equal in every bit
     */
    public record Certificate(String module, String from, String to, long numbers) {}

    private final Path model;
    private final WeightLayout target;

    /** @param model a directory of quantized weights */
    public TranscodingJob(Path model, WeightLayout target) {
        this.model = model;
        this.target = target;
    }

    /**
     * Does it; the result has one certificate per quantized weight.
     *
     * @throws UnsupportedException if the target cannot hold a weight exactly; then no weights are written
     */
    public List<Certificate> run(Path directory, boolean overwrite) throws IOException {
        if (Files.exists(directory) && Files.isSameFile(directory, model)) {
            throw new UnsupportedException(directory + " is the model itself; name another directory");
        }
        try (Checkpoint opened = QuantizedCheckpoint.open(model)) {
            if (opened.format().equals("gguf")) {
                throw new UnsupportedException(
                        model + ": weights of a GGUF file are not moved into the layouts of directories; quantize the"
                                + " original (nibble quantize --format " + target.name() + ")");
            }
            if (!(opened instanceof QuantizedCheckpoint source)) {
                throw new UnsupportedException(model + ": its weights are not quantized, so there is nothing to move; use quantize");
            }
            write(source, directory, overwrite);
            return compare(source, directory);
        }
    }

    private void write(QuantizedCheckpoint source, Path directory, boolean overwrite) throws IOException {
        List<TensorInfo> modules = source.names().stream().filter(source::isQuantized).map(name -> new TensorInfo(
                name.substring(0, name.length() - WEIGHT.length()), source.info(name).codec(), source.info(name).shape())).toList();
        List<TensorInfo> others = source.names().stream().filter(name -> !source.isQuantized(name)).map(source::info).toList();
        boolean reordered = source.names().stream().anyMatch(name -> source.isTransformed(name) && isGrouped(source.info(name).codec()));
        List<String> plain = plain(modules, others);
        boolean wholeRows = modules.stream().allMatch(module -> module.codec().blockSize() == module.shape().columns());
        List<ConfigPart> configs = configs(modules, codec -> config(target.config(codec, reordered, plain), wholeRows));
        Path from = Files.isDirectory(model) ? model : model.toAbsolutePath().getParent();
        try (QuantizedDirectoryWriter writer = QuantizedDirectoryWriter.create(directory, from, target, configs, modules, others,
                overwrite)) {
            for (TensorInfo module : modules) {
                writer.write(module.name(), source.weight(module.name() + WEIGHT));
            }
            for (TensorInfo other : others) {
                writer.write(other.name(), source.tensor(other.name()));
            }
            source.verifyUnchanged();
            writer.commit();
        }
    }

    /** What holds for most modules, then what holds for others. */
    private static List<ConfigPart> configs(List<TensorInfo> modules, Function<Codec, Map<String, Object>> config) {
        boolean sizes = saysGroups(modules, config);
        Map<String, List<TensorInfo>> kinds = new LinkedHashMap<>();
        for (TensorInfo module : modules) {
            String bits = module.codec() instanceof GroupCodec group ? group.bits() + " bits" : "";
            kinds.computeIfAbsent(sizes ? bits + " in " + module.codec().blockSize() : bits, any -> new ArrayList<>()).add(module);
        }
        List<ConfigPart> parts = new ArrayList<>();
        kinds.values().forEach(
                alike -> parts.add(new ConfigPart(config.apply(common(alike)), alike.stream().map(TensorInfo::name).toList())));
        parts.sort(Comparator.comparingInt(part -> -part.modules().size()));
        return parts;
    }

    /** Whether the configuration is another for each size of groups; it is not where a scale is for a whole row in any case. */
    private static boolean saysGroups(List<TensorInfo> modules, Function<Codec, Map<String, Object>> config) {
        return common(modules) instanceof GroupCodec codec && modules.stream().map(module -> module.codec().blockSize()).distinct()
                .map(size -> config.apply(codec.withGroup(size))).distinct().count() > 1;
    }

    /** @param wholeRows whether every scale is for a whole row */
    private static Map<String, Object> config(Map<String, Object> config, boolean wholeRows) {
        Map<String, Object> all = new LinkedHashMap<>(config);
        if (wholeRows && all.containsKey("group_size")) {
            all.put("group_size", -1);
        }
        return all;
    }

    private static boolean isGrouped(Codec codec) {
        return codec instanceof GroupAffine;
    }

    /** The codec that speaks for all: one with zero points if any has, since a model that is symmetric says so once. */
    private static Codec common(List<TensorInfo> modules) {
        return modules.stream().map(TensorInfo::codec)
                .filter(codec -> codec instanceof GroupAffine affine && affine.zero() != GroupAffine.Zero.NONE).findFirst()
                .orElse(modules.getFirst().codec());
    }

    /** Modules that have a matrix of their own and are not quantized, as configurations name them. */
    private static List<String> plain(List<TensorInfo> modules, List<TensorInfo> others) {
        Set<String> quantized = modules.stream().map(TensorInfo::name).collect(Collectors.toSet());
        return others.stream()
                .filter(other -> other.shape().rank() == 2 && other.name().endsWith(WEIGHT) && !other.name().contains("embed"))
                .map(other -> other.name().substring(0, other.name().length() - WEIGHT.length())).filter(name -> !quantized.contains(name))
                .toList();
    }

    private static List<Certificate> compare(QuantizedCheckpoint source, Path directory) throws IOException {
        List<Certificate> certificates = new ArrayList<>();
        Optional<String> different = Optional.empty();
        try (Checkpoint opened = QuantizedCheckpoint.open(directory)) {
            QuantizedCheckpoint result = (QuantizedCheckpoint) opened;
            for (String name : source.names()) {
                if (!source.isQuantized(name)) {
                    continue;
                }
                if (!equal(source.weight(name), result.weight(name))) {
                    different = Optional.of(name);
                    break;
                }
                certificates.add(new Certificate(name, source.info(name).codec().name(), result.info(name).codec().name(),
                        source.info(name).shape().count()));
            }
        }
        if (different.isPresent()) {
            Files.delete(directory.resolve("model.safetensors"));
            throw new UnsupportedException(
                    "tensor " + different.get() + " would not keep its values in every bit; the weights were removed");
        }
        return certificates;
    }

    private static boolean equal(Weight one, Weight other) {
        int columns = Math.toIntExact(one.values().columns());
        float[] before = new float[columns];
        float[] after = new float[columns];
        boolean equal = one.values().shape().equals(other.values().shape());
        for (long row = 0; equal && row < one.values().rows(); row++) {
            one.read(row, before, 0);
            other.read(row, after, 0);
            for (int i = 0; i < columns; i++) {
                equal &= Float.floatToRawIntBits(before[i]) == Float.floatToRawIntBits(after[i]);
            }
        }
        return equal;
    }
}
