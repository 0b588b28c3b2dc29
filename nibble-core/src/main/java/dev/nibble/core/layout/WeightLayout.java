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
 * How one quantized weight is spelled as several stored tensors, which all have the name of its module in front: qweight, qzeros, scales
 * and g_idx, for GPTQ. Both ways are exact: no value is rounded.
 */
public interface WeightLayout {
    /** What users call it: {@code gptq-v2}. */
    String name();

    /** Whether a directory of this configuration is spelled so. */
    boolean reads(QuantizationConfig config);

    /** Method, bits, groups and conventions of such a directory, in one line. */
    String describe(QuantizationConfig config);

    /** How the names of tensors end that only quantized modules have. */
    List<String> suffixes();

    /** What is between the name of a module and that of its part. */
    default String separator() {
        return ".";
    }

    /** The shape in which a weight of outputs × inputs is stored: larger where the layout fills sides up. */
    default Shape padded(Shape weight) {
        return weight;
    }

    /**
     * The weight of a module that has one of the {@link #suffixes}.
     *
     * @throws dev.nibble.error.MalformedFileException   if its tensors are not as the layout has them
     * @throws dev.nibble.error.UnsupportedException if it is a variant that Nibble does not read
     */
    StoredWeight find(ComponentTensors parts, QuantizationConfig config);

    /**
     * The configuration of a model whose quantized weights are all in one codec, as it goes into {@code quantization_config}.
     *
     * @param reordered whether weights may have a permutation (act-order)
     * @param plain     names of modules that stay as they are
     * @throws dev.nibble.error.UnsupportedException if the layout cannot hold such weights
     */
    Map<String, Object> config(Codec codec, boolean reordered, List<String> plain);

    /** The same configuration where every scale is for a whole row, however long rows are. */
    default Map<String, Object> wholeRows(Map<String, Object> config) {
        Map<String, Object> whole = new LinkedHashMap<>(config);
        whole.computeIfPresent("group_size", (key, size) -> -1);
        return whole;
    }

    /**
     * The configuration of a model whose modules differ in bits or groups, written so that other tools read each module as what it is.
     *
     * @param max   what holds for all modules that are not named
     * @param others what holds for those that are
     * @throws UnsupportedException if the layout has one configuration for all
     */
    default Map<String, Object> mixed(ConfigPart max, List<ConfigPart> others) {
        throw new UnsupportedException(Advice.of(
                "the format %s has the same bits and groups for all layers, and %s is to have others: take %s,"
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

    /** What the header of the file says besides: texts by key. */
    default Map<String, String> metadata(List<TensorInfo> modules, List<TensorInfo> others) {
        return Map.of();
    }

    /**
     * Writes what {@link #parts} announced.
     *
     * @throws dev.nibble.error.UnsupportedException if the layout cannot hold the values of this weight
     */
    void write(Weight weight, String module, QuantizationConfig config, CheckpointWriter file) throws IOException;
}
