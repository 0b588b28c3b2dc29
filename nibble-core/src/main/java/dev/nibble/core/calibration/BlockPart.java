package dev.nibble.core.calibration;

import java.util.stream.Stream;

/** The part of a block that a layer is in, in order: the input of a part depends on earlier parts only. */
enum BlockPart {
    /** Selects the experts of a token; not quantized. */
    ROUTING,
    /** Queries, keys and values. */
    ATTENTION_INPUT, ATTENTION_OUTPUT,
    /** Gate and up projections of all experts. */
    FEED_FORWARD_INPUT,
    /** Down projections. */
    FEED_FORWARD_OUTPUT;

    /** Number of computations of a block that include this part: one for every later part, and one of the whole. */
    int computations() {
        return (int) Stream.of(values()).filter(part -> part.compareTo(this) >= 0).count();
    }

    /** @param layer its name in GGUF */
    static BlockPart of(String layer) {
        if (layer.contains("ffn_gate_inp")) {
            return ROUTING;
        }
        if (layer.contains("ffn_down")) {
            return FEED_FORWARD_OUTPUT;
        }
        if (layer.contains("ffn_")) {
            return FEED_FORWARD_INPUT;
        }
        return layer.contains("attn_output") ? ATTENTION_OUTPUT : ATTENTION_INPUT;
    }
}
