package dev.nibble.text.tokenizer;

import java.util.List;
import java.util.function.Consumer;

/** One step of splitting text into words; symbols merge within words only. */
interface Splitter {
    /** @param first whether the whole text begins here */
    void split(String text, boolean first, Consumer<String> words);

    /** Applies the steps in order, each to the parts of the one before. */
    static Splitter chain(List<Splitter> steps) {
        return switch (steps.size()) {
            case 0 -> (text, first, words) -> words.accept(text);
            case 1 -> steps.getFirst();
            default -> {
                Splitter rest = chain(steps.subList(1, steps.size()));
                yield (text, first, words) -> {
                    boolean[] begins = {first};
                    steps.getFirst().split(text, first, word -> {
                        rest.split(word, begins[0], words);
                        begins[0] = false;
                    });
                };
            }
        };
    }

    /** Spells the bytes as characters of {@link ByteLevel}. */
    static void toBytes(String text, boolean first, Consumer<String> words) {
        words.accept(ByteLevel.spell(Spelling.utf8(text)));
    }
}
