package dev.nibble.text.tokenizer;

import static dev.nibble.text.tokenizer.JsonObjects.object;

import dev.nibble.text.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds llama.cpp's name for the pre-tokenizer of a tokenizer.json by comparing its steps with those of every known name; nothing is
 * guessed from the model's name.
 */
final class PreTokenizers {
    static final String UNKNOWN = "default";

    private static final String BYTES = "bytes";
    private static final String GPT2 = "bytes, split as GPT-2 does";
    private static final String DIGITS = "single digits";
    private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private static final String WORDS = "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|";
    private static final String REST = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    static final String LLAMA3 = CONTRACTIONS + WORDS + "\\p{N}{1,3}" + REST;
    static final String QWEN2 = CONTRACTIONS + WORDS + "\\p{N}" + REST;
    private static final String UPPER = "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String REST_WITH_SLASH = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    static final String TEKKEN = UPPER + "*" + LOWER + "+|" + UPPER + "+" + LOWER + "*|\\p{N}" + REST_WITH_SLASH;
    static final String GPT4O = UPPER + "*" + LOWER + "+" + CONTRACTIONS + "?|" + UPPER + "+" + LOWER + "*" + CONTRACTIONS
            + "?|\\p{N}{1,3}" + REST_WITH_SLASH;
    private static final String CJK = "[一-龥ࠀ-一가-퟿]+";
    static final String DEEPSEEK3 = "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
            + "| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+";
    private static final String ANY = "…"; // ends a prefix of a step

    /** A name, and the steps it stands for. */
    private record Known(String name, Merging merging, Normalizing normalizing, Cleaning cleaning, List<String> steps) {
        Known(String name, String... steps) {
            this(name, Merging.ANY, Normalizing.ANY, Cleaning.ANY, List.of(steps));
        }

        Known where(Merging merges) {
            return new Known(name, merges, normalizing, cleaning, steps);
        }

        Known where(Normalizing normalizes) {
            return new Known(name, merging, normalizes, cleaning, steps);
        }

        Known where(Cleaning cleans) {
            return new Known(name, merging, normalizing, cleans, steps);
        }
    }

    /** Lookup of words that are tokens before merging. */
    private enum Merging {
        ANY, IGNORED, DONE
    }

    private enum Normalizing {
        ANY, NFC, NONE
    }

    /** Removal of spaces before punctuation in decoding. */
    private enum Cleaning {
        ANY, ON
    }

    /** Known names; the first match counts. */
    private static final List<Known> ALL = List.of(new Known("llama-bpe", LLAMA3, BYTES).where(Merging.IGNORED),
            new Known("smaug-bpe", LLAMA3, BYTES).where(Merging.DONE), new Known("stablelm2", QWEN2, BYTES).where(Cleaning.ON),
            new Known("qwen2", QWEN2, BYTES), new Known("mpt", GPT2).where(Normalizing.NFC), new Known("gpt-2", GPT2),
            new Known("falcon", "punctuation Contiguous", GPT2, "digits", "[0-9][0-9][0-9]"),
            new Known("command-r", DIGITS, GPT2).where(Normalizing.NFC), new Known("starcoder", DIGITS, GPT2).where(Cleaning.ON),
            new Known("smollm", DIGITS, GPT2), new Known("tekken", TEKKEN, BYTES).where(Merging.IGNORED), new Known("gpt-4o", GPT4O, BYTES),
            new Known("deepseek-llm", "[\r\n]", "\\s?[A-Za-zµÀ-ÖØ-öø-ƺ" + ANY, "\\s?[!-/:-~！-／：-～‘-‟　-。]+", "\\s+$", CJK, DIGITS, BYTES),
            new Known("deepseek-llm", "[\r\n]", "\\s?[A-Za-zµÀ-ÖØ-öø-ƺ" + ANY, "\\s?[!-/:-~！-／：-～‘-‟　-。]+", "\\s+$", CJK, "digits", BYTES),
            new Known("deepseek-coder", "[\r\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", CJK, DIGITS, BYTES),
            new Known("deepseek-v3", "\\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+", DEEPSEEK3, BYTES),
            new Known("bloom", " ?[^(\\s|[.,!?…。，、।۔،])]+", BYTES));

    private PreTokenizers() {}

    /**
     * @param tokenizer the content of tokenizer.json, with a byte-level BPE in it
     * @param cleans    whether tokenizer_config.json asks for {@code clean_up_tokenization_spaces}
     * @return the name, or empty if llama.cpp has none that does the same
     */
    static Optional<String> name(Json tokenizer, boolean cleans) {
        List<String> steps = new ArrayList<>();
        tokenizer.get("pre_tokenizer").ifPresent(pre -> addSteps(pre, steps));
        boolean ignoresMerges = tokenizer.require("model").get("ignore_merges").map(Json::bool).orElse(false);
        boolean nfc = tokenizer.get("normalizer").map(n -> n.require("type").string().equals("NFC")).orElse(false);
        boolean plain = !tokenizer.has("normalizer");
        return ALL.stream().filter(known -> matches(known.steps(), steps))
                .filter(known -> known.merging() == Merging.ANY || (known.merging() == Merging.IGNORED) == ignoresMerges)
                .filter(known -> known.normalizing() == Normalizing.ANY || (known.normalizing() == Normalizing.NFC ? nfc : plain))
                .filter(known -> known.cleaning() == Cleaning.ANY || cleans).map(Known::name).findFirst();
    }

    /** Returns whether the file splits text and works on bytes. */
    static boolean isByteLevel(Json tokenizer) {
        List<String> steps = new ArrayList<>();
        tokenizer.get("pre_tokenizer").ifPresent(pre -> addSteps(pre, steps));
        return steps.stream().anyMatch(step -> step.startsWith(BYTES));
    }

    /** Returns whether the name implies looking up words before merging. */
    static boolean ignoresMerges(String name) {
        return ALL.stream().filter(known -> known.name().equals(name)).anyMatch(known -> known.merging() == Merging.IGNORED);
    }

    /** The equivalent {@code pre_tokenizer} of a tokenizer.json; empty if the name is unknown. */
    static Optional<Object> json(String name) {
        Optional<Known> known = ALL.stream().filter(k -> k.name().equals(name) && k.steps().stream().noneMatch(step -> step.endsWith(ANY)))
                .findFirst();
        return known.map(k -> {
            List<Object> steps = k.steps().stream().map(PreTokenizers::step).toList();
            return steps.size() == 1 ? steps.getFirst() : object("type", "Sequence", "pretokenizers", steps);
        });
    }

    private static Object step(String step) {
        return switch (step) {
            case GPT2, BYTES ->
                object("type", "ByteLevel", "add_prefix_space", false, "trim_offsets", true, "use_regex", step.equals(GPT2));
            case DIGITS, "digits" -> object("type", "Digits", "individual_digits", step.equals(DIGITS));
            case "punctuation Contiguous" -> object("type", "Punctuation", "behavior", "Contiguous");
            default -> object("type", "Split", "pattern", object("Regex", step), "behavior", "Isolated", "invert", false);
        };
    }

    private static boolean matches(List<String> expected, List<String> steps) {
        boolean same = expected.size() == steps.size();
        for (int i = 0; same && i < expected.size(); i++) {
            String step = expected.get(i);
            same = step.endsWith(ANY) ? steps.get(i).startsWith(step.substring(0, step.length() - 1)) : steps.get(i).equals(step);
        }
        return same;
    }

    private static void addSteps(Json pre, List<String> steps) {
        String type = pre.require("type").string();
        switch (type) {
            case "Sequence" -> pre.require("pretokenizers").elements().forEach(part -> addSteps(part, steps));
            case "ByteLevel" -> {
                String step = pre.get("use_regex").map(Json::bool).orElse(true) ? GPT2 : BYTES;
                steps.add(pre.get("add_prefix_space").map(Json::bool).orElse(true) ? step + " after a space" : step);
            }
            case "Digits" -> steps.add(pre.get("individual_digits").map(Json::bool).orElse(false) ? DIGITS : "digits");
            case "Punctuation" -> steps.add("punctuation " + pre.get("behavior").map(Json::string).orElse("Isolated"));
            case "Split" -> steps.add(split(pre));
            default -> steps.add("the step " + type);
        }
    }

    private static String split(Json split) {
        Json pattern = split.require("pattern");
        String text = pattern.get("Regex").or(() -> pattern.get("String")).map(Json::string).orElse("");
        boolean isolated = split.get("behavior").map(Json::string).orElse("").equals("Isolated");
        boolean inverted = split.get("invert").map(Json::bool).orElse(false);
        // equivalent if the pattern matches all text: the matches are the pieces
        boolean removedInverted = split.get("behavior").map(Json::string).orElse("").equals("Removed") && inverted;
        return (isolated && !inverted) || removedInverted ? text : "another split by " + text;
    }
}
