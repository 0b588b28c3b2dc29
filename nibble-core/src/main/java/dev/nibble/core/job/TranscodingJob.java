package dev.nibble.core.job;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.gguf.Gguf;
import dev.nibble.core.layout.ConfigPart;
import dev.nibble.core.layout.QuantizedCheckpoint;
import dev.nibble.core.layout.QuantizedDirectoryWriter;
import dev.nibble.core.layout.WeightLayout;
import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.Advice;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Rewrites the quantized weights of a Hugging Face directory or a GGUF file in another layout without rounding: only the arrangement of
 * codes, scales and zero points changes. The result is read back and every weight compared bit by bit.
 */
public final class TranscodingJob {
    private static final String WEIGHTS = "model.safetensors";

    /**
     * Certificate that a tensor kept its values.
     *
     * @param from codec in the source
     * @param to codec in the result
     * @param numbers number of compared values, all equal bit for bit
     * @param negative number of negative scales in the result, which its formula allows
     */
    public record Certificate(String tensor, String from, String to, long numbers, long negative) {}

    private final Path model;
    private final WeightLayout target;

    /** @param model a directory of quantized weights, or a GGUF file */
    public TranscodingJob(Path model, WeightLayout target) {
        this.model = model;
        this.target = target;
    }

    /**
     * Writes the directory and returns one certificate per quantized weight.
     *
     * @param warn receives parts of the model that cannot be written
     * @throws UnsupportedException if the target cannot represent a weight exactly; then no weights are written
     */
    public List<Certificate> run(Path directory, boolean overwrite, Consumer<String> warn) throws IOException {
        if (Files.exists(directory) && Files.isSameFile(directory, model)) {
            throw new UnsupportedException(directory + " is the model itself; name another directory");
        }
        try (TranscodableModel source = open()) {
            source.warnings().forEach(warn);
            Map<String, ActivationQuantization> inputs = Checkpoint.guarded(model, () -> write(source, directory, overwrite));
            List<Certificate> certificates = compare(source, directory);
            compareInputs(inputs, directory, warn);
            return certificates;
        }
    }

    private TranscodableModel open() throws IOException {
        Checkpoint opened = QuantizedCheckpoint.open(model);
        try {
            return switch (opened) {
                case Gguf file -> new TranscodableGguf(file, target);
                case QuantizedCheckpoint directory -> new TranscodableDirectory(model, directory);
                default -> throw new UnsupportedException(
                        model + ": its weights are not quantized, so there is nothing to transcode; use quantize");
            };
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /** Returns how the inputs of each weight's layer are quantized in the source. */
    private Map<String, ActivationQuantization> write(TranscodableModel source, Path directory, boolean overwrite) throws IOException {
        Map<String, ActivationQuantization> inputs = new LinkedHashMap<>();
        List<TensorInfo> modules = source.weights().stream()
                .map(weight -> new TensorInfo(TensorName.withoutWeight(weight.name()), weight.codec(), weight.shape()))
                .toList();
        List<TensorInfo> others = source.others();
        List<String> plain = plain(modules, others);
        boolean wholeRows = modules.stream().allMatch(module -> module.codec().blockSize() == module.shape().columns());
        List<ConfigPart> configs = configs(modules, codec -> {
            Map<String, Object> config = target.config(codec, source.isReordered(), plain);
            return wholeRows ? target.wholeRows(config) : config;
        });
        try (QuantizedDirectoryWriter writer = QuantizedDirectoryWriter.create(directory, source.files(), target, configs, modules, others,
                overwrite)) {
            for (TensorInfo module : modules) {
                try (Arena arena = Arena.ofConfined()) {
                    String name = TensorName.weight(module.name());
                    Weight weight = source.weight(name, arena);
                    inputs.put(name, weight.inputQuantization());
                    writer.write(module.name(), weight);
                }
            }
            for (TensorInfo other : others) {
                source.other(other.name(), (offset, bytes) -> writer.write(other.name(), offset, bytes));
            }
            source.verifyUnchanged();
            writer.commit();
        }
        return inputs;
    }

    /** Warns of layers whose weights are the same and whose inputs are not quantized as before. */
    private void compareInputs(Map<String, ActivationQuantization> before, Path directory, Consumer<String> warn) throws IOException {
        Map<String, List<String>> changes = new LinkedHashMap<>();
        try (Checkpoint result = QuantizedCheckpoint.open(directory)) {
            before.forEach((name, old) -> {
                ActivationQuantization now = ((QuantizedCheckpoint) result).weight(name).inputQuantization();
                if (!now.equals(old)) {
                    changes.computeIfAbsent("were " + old.description() + ", and are " + now.description(), any -> new ArrayList<>())
                            .add(name);
                }
            });
        }
        changes.forEach((change, names) -> warn.accept("the inputs of %d layers (%s …) %s in %s: same weights, other outputs"
                .formatted(names.size(), TensorName.withoutWeight(names.getFirst()), change, target.name())));
    }

    /** Compares, and removes the weights unless all are equal. */
    private List<Certificate> compare(TranscodableModel source, Path directory) throws IOException {
        try {
            return Checkpoint.guarded(model, () -> source.compare(directory));
        } catch (UnsupportedException e) {
            Files.deleteIfExists(directory.resolve(WEIGHTS));
            throw new UnsupportedException(Advice.of("%s; the weights were removed", e.advice()), e);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(directory.resolve(WEIGHTS));
            throw e;
        }
    }

    /** Settings of most modules, then those of others. */
    private static List<ConfigPart> configs(List<TensorInfo> modules, Function<Codec, Map<String, Object>> config) {
        boolean sizes = saysGroups(modules, config);
        Map<String, List<TensorInfo>> kinds = new LinkedHashMap<>();
        for (TensorInfo module : modules) {
            String bits = module.codec().codeBits().isPresent() ? module.codec().codeBits().getAsInt() + " bits" : "";
            kinds.computeIfAbsent(sizes ? bits + " in " + module.codec().blockSize() : bits, any -> new ArrayList<>()).add(module);
        }
        List<ConfigPart> parts = new ArrayList<>();
        kinds.values().forEach(
                same -> parts.add(new ConfigPart(config.apply(common(same)), same.stream().map(TensorInfo::name).toList())));
        parts.sort(Comparator.comparingInt(part -> -part.modules().size()));
        return parts;
    }

    /** Whether the configuration depends on the group size; with one scale per row it does not. */
    private static boolean saysGroups(List<TensorInfo> modules, Function<Codec, Map<String, Object>> config) {
        Codec codec = common(modules);
        return modules.stream().map(module -> module.codec().blockSize()).distinct().map(size -> config.apply(codec.withGroup(size)))
                .distinct().count() > 1;
    }

    /** The codec for the common configuration: one with zero points if any has, since symmetry is declared once. */
    private static Codec common(List<TensorInfo> modules) {
        return modules.stream().map(TensorInfo::codec).filter(Codec::hasZeroPoints).findFirst().orElse(modules.getFirst().codec());
    }

    /** Unquantized modules with a matrix, as configurations name them. */
    private static List<String> plain(List<TensorInfo> modules, List<TensorInfo> others) {
        Set<String> quantized = modules.stream().map(TensorInfo::name).collect(Collectors.toSet());
        return others.stream()
                .filter(other -> other.shape().rank() == 2 && TensorName.isWeight(other.name()) && !other.name().contains("embed"))
                .map(other -> TensorName.withoutWeight(other.name())).filter(name -> !quantized.contains(name))
                .toList();
    }
}
