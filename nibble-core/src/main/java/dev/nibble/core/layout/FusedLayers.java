package dev.nibble.core.layout;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.layout.StoredWeight.Layer;
import dev.nibble.error.UnsupportedException;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The layers fused by QuIP#'s program before quantization: {@code qkv_proj} and {@code upgate_proj}. Their outputs are concatenated and
 * mixed by one transform, so there is one product, split afterwards.
 *
 * <pre>
 *   fuse_scales  F32 or F16 [layers]  factor of the outputs of each layer; present if layers were fused
 * </pre>
 *
 * @param layers empty if the module is a single layer
 * @param scales one per layer
 */
record FusedLayers(List<Layer> layers, List<Float> scales) {
    private static final String SCALES = "fuse_scales";
    private static final int MAX_HEADS = 1 << 16;

    static FusedLayers of(ComponentTensors parts, QuantizationConfig config, int outputs) {
        if (!parts.has(SCALES)) {
            return new FusedLayers(List.of(), List.of());
        }
        String name = parts.module().substring(parts.module().lastIndexOf('.') + 1);
        List<Layer> layers = switch (name) {
            case "qkv_proj" -> attention(parts, config, outputs);
            case "upgate_proj" -> {
                checkDivides(parts, outputs, 2, "up and gate");
                yield List.of(new Layer("up_proj", outputs / 2), new Layer("gate_proj", outputs / 2));
            }
            default -> throw new UnsupportedException(parts.module()
                    + ": fused layers (fuse_scales), which Nibble knows in qkv_proj and upgate_proj only");
        };
        FloatMatrix scales = parts.finite(SCALES, parts.counted(SCALES, layers.size(), Plain.F32, Plain.F16));
        return new FusedLayers(layers, IntStream.range(0, layers.size()).mapToObj(i -> scales.at(i)).toList());
    }

    private static List<Layer> attention(ComponentTensors parts, QuantizationConfig config, int outputs) {
        int heads = config.json().get("num_attention_heads").map(count -> count.whole(1, MAX_HEADS)).orElseThrow(
                () -> new UnsupportedException(parts.module() + ": fused queries, keys and values, and " + config.json().file()
                        + " lacks the number of heads (num_attention_heads)"));
        int keyHeads = config.json().get("num_key_value_heads").map(count -> count.whole(1, MAX_HEADS)).orElse(heads);
        int all = heads + 2 * keyHeads;
        checkDivides(parts, outputs, all, heads + " heads of queries and " + keyHeads + " of keys and of values");
        long size = outputs / all;
        return List.of(new Layer("q_proj", heads * size), new Layer("k_proj", keyHeads * size), new Layer("v_proj", keyHeads * size));
    }

    private static void checkDivides(ComponentTensors parts, int outputs, int count, String what) {
        if (outputs % count != 0) {
            throw parts.wrong("Qidxs", "LAYOUT_SHAPE", "has " + outputs + " outputs, which are not " + what);
        }
    }

    /** Factor of an output. */
    float scale(int output) {
        long first = 0;
        for (int i = 0; i < layers.size(); i++) {
            first += layers.get(i).outputs();
            if (output < first) {
                return scales.get(i);
            }
        }
        return 1;
    }
}
