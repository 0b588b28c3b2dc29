package dev.nibble.core.calibration;

import java.util.stream.Stream;

/** Where in a block a layer computes, in this order: what a part is given depends on earlier parts only. */
enum BlockPart {
    /** Decides which experts a token takes; stays as it is. */
    ROUTING,
    /** Queries, keys and values. */
    ATTENTION_INPUT, ATTENTION_OUTPUT,
    /** Gate and up, of all experts. */
    FEED_FORWARD_INPUT,
    /** Down. */
    FEED_FORWARD_OUTPUT;

    /** How often a block is computed with this part in it: for every later part, and as a whole. */
    int walks() {
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
