package dev.nibble.core.layout;

import dev.nibble.core.checkpoint.safetensors.SafetensorsWriter;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes a Hugging Face directory of quantized weights: model.safetensors in some {@link WeightLayout}, config.json with its
 * {@code quantization_config}, and the other files of the source model. The contents are declared first; weights then arrive in any order.
 * {@link #commit} publishes the weights last: a directory with weights is complete.
 */
public final class QuantizedDirectoryWriter implements AutoCloseable {
    private static final String CONFIG = "config.json";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path directory;
    private final WeightLayout layout;
    private final Map<String, QuantizationConfig> configs; // by module
    private final ModelFiles files;
    private final boolean overwrite;
    private final SafetensorsWriter weights;

    private QuantizedDirectoryWriter(Path directory, WeightLayout layout, Map<String, QuantizationConfig> configs, ModelFiles files,
            boolean overwrite, SafetensorsWriter weights) {
        this.directory = directory;
        this.layout = layout;
        this.configs = configs;
        this.files = files;
        this.overwrite = overwrite;
        this.weights = weights;
    }

    /** Declares the contents, with one configuration for all. @param quantization as {@link WeightLayout#config} makes it */
    public static QuantizedDirectoryWriter create(Path directory, ModelFiles files, WeightLayout layout, Map<String, Object> quantization,
            List<TensorInfo> modules, List<TensorInfo> others, boolean overwrite) throws IOException {
        ConfigPart all = new ConfigPart(quantization, modules.stream().map(TensorInfo::name).toList());
        return create(directory, files, layout, List.of(all), modules, others, overwrite);
    }

    /**
     * Declares the contents.
     *
     * @param files   config.json and the tokenizer
     * @param parts   {@code quantization_config}: the first applies to most modules, the others to those they name
     * @param modules name (without {@code .weight}), codec and shape of the quantized weights
     * @param others  the tensors that are not quantized, in types of safetensors
     * @param overwrite whether existing files may be replaced
     */
    public static QuantizedDirectoryWriter create(Path directory, ModelFiles files, WeightLayout layout, List<ConfigPart> parts,
            List<TensorInfo> modules, List<TensorInfo> others, boolean overwrite) throws IOException {
        Map<String, Object> quantization = parts.size() == 1
                ? parts.getFirst().config()
                : layout.mixed(parts.getFirst(), parts.subList(1, parts.size()));
        ModelFiles all = files.with("quantization_config", quantization);
        Map<String, QuantizationConfig> configs = configs(directory, parts);
        List<TensorInfo> stored = stored(layout, configs, modules, others);
        Files.createDirectories(directory);
        Map<String, String> metadata = layout.metadata(modules, others);
        SafetensorsWriter weights = SafetensorsWriter.create(directory.resolve("model.safetensors"), metadata, stored, overwrite);
        return new QuantizedDirectoryWriter(directory, layout, configs, all, overwrite, weights);
    }

    /** The exact size of the directory's file of weights. */
    public static long weightBytes(WeightLayout layout, List<ConfigPart> parts, List<TensorInfo> modules, List<TensorInfo> others) {
        return SafetensorsWriter.fileSize(layout.metadata(modules, others), stored(layout, configs(Path.of(""), parts), modules, others));
    }

    private static Map<String, QuantizationConfig> configs(Path directory, List<ConfigPart> parts) {
        Map<String, QuantizationConfig> configs = new HashMap<>();
        for (ConfigPart part : parts) {
            QuantizationConfig parsed = QuantizationConfig.parse(directory.resolve(CONFIG), JSON.writeValueAsString(part.config()));
            part.modules().forEach(module -> configs.put(module, parsed));
        }
        return configs;
    }

    private static List<TensorInfo> stored(WeightLayout layout, Map<String, QuantizationConfig> configs, List<TensorInfo> modules,
            List<TensorInfo> others) {
        List<TensorInfo> stored = new ArrayList<>(others);
        modules.forEach(module -> stored.addAll(layout.parts(module, configs.get(module.name()))));
        return stored;
    }

    /** Writes the stored tensors of a quantized module. */
    public void write(String module, Weight weight) throws IOException {
        layout.write(weight, module, configs.get(module), weights);
    }

    /** Writes a tensor that is not quantized. */
    public void write(String name, Tensor tensor) throws IOException {
        write(name, 0, tensor.data());
    }

    /** Writes part of a tensor that is not quantized. @param offset in the tensor */
    public void write(String name, long offset, MemorySegment bytes) throws IOException {
        weights.write(name, offset, bytes);
    }

    /** @throws IllegalStateException if a declared tensor was not written */
    public void commit() throws IOException {
        files.write(directory, overwrite);
        weights.commit();
    }

    @Override
    public void close() throws IOException {
        weights.close();
    }
}
