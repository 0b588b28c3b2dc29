package dev.nibble.core.job;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.gguf.Gguf;
import dev.nibble.core.layout.ConfigPart;
import dev.nibble.core.layout.QuantizedCheckpoint;
import dev.nibble.core.layout.QuantizedDirectoryWriter;
import dev.nibble.core.layout.WeightLayout;
import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.TensorInfo;
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
 * Writes quantized weights, of a Hugging Face directory or a GGUF file, as a directory in some layout: codes, scales and zero points move, nothing
 * is rounded. What was written is read again, and every weight compared bit by bit.
 */
public final class TranscodingJob {
    private static final String WEIGHTS = "model.safetensors";

    /**
     * That a tensor has the same values as before.
     *
     * @param from     the codec it is read into from the source
     * @param to       from the result
     * @param numbers  that were compared, all equal in every bit
     * @param negative scales of the result that are below zero, which its formula multiplies by as by any other
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
     * Does it; the result has one certificate per quantized weight.
     *
     * @param warn what of the model could not be taken along
     * @throws UnsupportedException if the target cannot hold a weight exactly; then no weights are written
     */
    public List<Certificate> run(Path directory, boolean overwrite, Consumer<String> warn) throws IOException {
        if (Files.exists(directory) && Files.isSameFile(directory, model)) {
            throw new UnsupportedException(directory + " is the model itself; name another directory");
        }
        try (TranscodableModel source = open()) {
            source.warnings().forEach(warn);
            Checkpoint.<Void, IOException>guarded(model, () -> {
                write(source, directory, overwrite);
                return null;
            });
            return compare(source, directory);
        }
    }

    private TranscodableModel open() throws IOException {
        Checkpoint opened = QuantizedCheckpoint.open(model);
        try {
            return switch (opened) {
                case Gguf file -> new TranscodableGguf(file, target);
                case QuantizedCheckpoint directory -> new TranscodableDirectory(model, directory);
                default -> throw new UnsupportedException(
                        model + ": its weights are not quantized, so there is nothing to move; use quantize");
            };
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    private void write(TranscodableModel source, Path directory, boolean overwrite) throws IOException {
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
                    writer.write(module.name(), source.weight(TensorName.weight(module.name()), arena));
                }
            }
            for (TensorInfo other : others) {
                source.other(other.name(), (offset, bytes) -> writer.write(other.name(), offset, bytes));
            }
            source.verifyUnchanged();
            writer.commit();
        }
    }

    /** What was written must not stay unless all of it is the same. */
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

    /** What holds for most modules, then what holds for others. */
    private static List<ConfigPart> configs(List<TensorInfo> modules, Function<Codec, Map<String, Object>> config) {
        boolean sizes = saysGroups(modules, config);
        Map<String, List<TensorInfo>> kinds = new LinkedHashMap<>();
        for (TensorInfo module : modules) {
            String bits = module.codec().codeBits().isPresent() ? module.codec().codeBits().getAsInt() + " bits" : "";
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
        Codec codec = common(modules);
        return modules.stream().map(module -> module.codec().blockSize()).distinct().map(size -> config.apply(codec.withGroup(size)))
                .distinct().count() > 1;
    }

    /** The codec that speaks for all: one with zero points if any has, since a model that is symmetric says so once. */
    private static Codec common(List<TensorInfo> modules) {
        return modules.stream().map(TensorInfo::codec).filter(Codec::hasZeroPoints).findFirst().orElse(modules.getFirst().codec());
    }

    /** Modules that have a matrix of their own and are not quantized, as configurations name them. */
    private static List<String> plain(List<TensorInfo> modules, List<TensorInfo> others) {
        Set<String> quantized = modules.stream().map(TensorInfo::name).collect(Collectors.toSet());
        return others.stream()
                .filter(other -> other.shape().rank() == 2 && TensorName.isWeight(other.name()) && !other.name().contains("embed"))
                .map(other -> TensorName.withoutWeight(other.name())).filter(name -> !quantized.contains(name))
                .toList();
    }
}
