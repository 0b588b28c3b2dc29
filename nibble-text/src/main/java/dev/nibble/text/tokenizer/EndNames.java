package dev.nibble.text.tokenizer;

import java.util.Set;

/** Spellings of tokens that llama.cpp treats as the end of a text, turn or message. */
final class EndNames {
    static final Set<String> ALL = Set.of("<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<end_of_turn>", "<|endoftext|>",
            "<|eom_id|>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]", "<|end_of_text|>", "<end_of_utterance>", "<｜end▁of▁sentence｜>", "</s>");

    /** Names that, where both exist, make {@link #OF_MESSAGE} end one message of an answer rather than the answer. */
    static final Set<String> OF_CHANNELS = Set.of("<|return|>", "<|call|>");
    static final String OF_MESSAGE = "<|end|>";

    private static final int SHORTEST = 4; // brackets alone are text
    private static final Set<String> BEGINNINGS = Set.of("<start_of_turn>");

    private EndNames() {}

    /** Whether a token of this text begins or ends a text, turn or message, by its spelling. */
    static boolean isMarker(String text) {
        return ALL.contains(text) || BEGINNINGS.contains(text) || text.length() > SHORTEST
                && (text.startsWith("<|") && text.endsWith("|>") || text.startsWith("<｜") && text.endsWith("｜>"));
    }
}
