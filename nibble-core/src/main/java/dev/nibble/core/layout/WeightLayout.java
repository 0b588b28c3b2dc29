package dev.nibble.core.layout;

import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.Advice;
import dev.nibble.error.Setting;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A way of storing a quantized weight as several tensors whose names begin with that of its module: qweight, qzeros, scales and g_idx for
 * GPTQ. Reading and writing are exact: no value is rounded.
 */
public interface WeightLayout {
    /** The name for users: {@code gptq-v2}. */
    String name();

    /** Whether directories of this configuration use this layout. */
    boolean reads(QuantizationConfig config);

    /** Method, bits, groups and conventions of a directory, on one line. */
    String describe(QuantizationConfig config);

    /** Suffixes of tensors that only quantized modules have. */
    List<String> suffixes();

    /** Separator between the name of a module and that of its part. */
    default String separator() {
        return ".";
    }

    /** The stored shape of a weight of outputs × inputs: larger if the layout pads sides. */
    default Shape padded(Shape weight) {
        return weight;
    }

    /**
     * The weight of a module with one of the {@link #suffixes}.
     *
     * @throws dev.nibble.error.MalformedFileException   if its tensors do not fit the layout
     * @throws dev.nibble.error.UnsupportedException if it is a variant that Nibble does not read
     */
    StoredWeight find(ComponentTensors parts, QuantizationConfig config);

    /**
     * The {@code quantization_config} of a model whose quantized weights all have one codec.
     *
     * @param reordered whether weights may have a permutation (act-order)
     * @param plain     names of modules that are not quantized
     * @throws dev.nibble.error.UnsupportedException if the layout cannot hold such weights
     */
    Map<String, Object> config(Codec codec, boolean reordered, List<String> plain);

    /** The same configuration where every scale is for a whole row of any length. */
    default Map<String, Object> wholeRows(Map<String, Object> config) {
        Map<String, Object> whole = new LinkedHashMap<>(config);
        whole.computeIfPresent("group_size", (key, size) -> -1);
        return whole;
    }

    /**
     * The configuration of a model whose modules differ in bits or groups, so that other tools read each module correctly.
     *
     * @param max   for all modules that are not named
     * @param others for named modules
     * @throws UnsupportedException if the layout has one configuration for all
     */
    default Map<String, Object> mixed(ConfigPart max, List<ConfigPart> others) {
        throw new UnsupportedException(Advice.of(
                "the format %s has the same bits and groups for all layers, but %s is to have others: take %s,"
                        + " gptq-v2 or compressed-tensors, or write GGUF (to: Q4_K_M)",
                name(), others.getFirst().modules().getFirst(),
                Setting.FORMAT.of("gptq")));
    }

    /**
     * The stored tensors of a weight.
     *
     * @param module name, codec and shape of the weight; the name without {@code .weight}
     * @throws dev.nibble.error.UnsupportedException if the layout cannot hold such weights
     */
    List<TensorInfo> parts(TensorInfo module, QuantizationConfig config);

    /** Further entries for the header of the file: texts by key. */
    default Map<String, String> metadata(List<TensorInfo> modules, List<TensorInfo> others) {
        return Map.of();
    }

    /**
     * Writes the tensors announced by {@link #parts}.
     *
     * @throws dev.nibble.error.UnsupportedException if the layout cannot hold the weight's values
     */
    void write(Weight weight, String module, QuantizationConfig config, CheckpointWriter file) throws IOException;
}
