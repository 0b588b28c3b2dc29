package dev.nibble.text.tokenizer;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Splitting into words for each value of {@code tokenizer.ggml.pre}, as in llama.cpp: regular expressions, each applied to the parts of the
 * one before, then bytes.
 */
final class SplitPatterns {
    static final String GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

    private static final String THREE_DIGITS = "[0-9][0-9][0-9]";
    private static final String PUNCTUATION = "[\\p{P}\\$\\+<=>\\^~\\|`]+";
    private static final String CJK = "[一-龥ࠀ-一가-퟿]+";
    private static final String LETTERS_WITH_CASE = "\\s?[\\p{Lu}\\p{Ll}\\p{Lt}]+";
    private static final String SIGNS = "\\s?[!-/:-~！-／：-～‘-‟　-。]+";
    private static final String BLOOM = " ?[^(\\s|.,!?…。，、।۔،)]+";
    private static final Map<String, List<String>> BY_NAME = byName();
    /** Names of tokenizers that look words up before merging. */
    private static final Set<String> WHOLE_WORDS = Set.of("llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0",
            "lfm2", "tekken");

    private SplitPatterns() {}

    private static Map<String, List<String>> byName() {
        Map<String, List<String>> patterns = new HashMap<>();
        put(patterns, List.of(PreTokenizers.LLAMA3), "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0",
                "lfm2", "dbrx", "smaug-bpe", "glm4", "chatglm-bpe");
        put(patterns, List.of(PreTokenizers.QWEN2), "qwen2", "stablelm2", "deepseek-r1-qwen", "hunyuan", "megrez", "kormo");
        put(patterns, List.of(GPT2), "gpt-2", "phi-2", "jina-es", "jina-de", "jina-v1-en", "jina-v2-code", "jina-v2-es", "jina-v2-de",
                "gigachat", "mellum", "a.x-4.0", "roberta-bpe", "mpt", "olmo", "jais", "trillion", "granite-docling");
        put(patterns, List.of("\\p{N}", GPT2), "starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b");
        put(patterns, List.of(PUNCTUATION, GPT2, THREE_DIGITS), "falcon");
        put(patterns, List.of("[\\p{P}\\$\\+<=>\\^~\\|]+", GPT2, "\\p{N}+", THREE_DIGITS), "default", "");
        put(patterns, List.of("[\r\n]", LETTERS_WITH_CASE, SIGNS, "\\s+$", CJK, "\\p{N}+"), "deepseek-llm");
        put(patterns, List.of("[\r\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", CJK, "\\p{N}"), "deepseek-coder");
        put(patterns, List.of("\\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+", PreTokenizers.DEEPSEEK3), "deepseek-v3", "hunyuan-dense");
        put(patterns, List.of(BLOOM), "bloom", "poro-chat", "gpt3-finnish");
        put(patterns, List.of(BLOOM, "\\p{N}"), "viking");
        put(patterns, List.of(PreTokenizers.TEKKEN), "tekken");
        put(patterns, List.of(PreTokenizers.GPT4O), "gpt-4o", "llama4", "kanana2");
        return Map.copyOf(patterns);
    }

    private static void put(Map<String, List<String>> patterns, List<String> steps, String... names) {
        for (String name : names) {
            patterns.put(name, steps);
        }
    }

    /** The splitter of that name; empty if unknown. */
    static Optional<Splitter> named(String name, Path file) {
        return Optional.ofNullable(BY_NAME.get(name)).map(patterns -> {
            List<Splitter> steps = new ArrayList<>();
            patterns.forEach(pattern -> steps.add(RegexSplitter.isolating(file, pattern)));
            steps.add(Splitter::toBytes);
            return Splitter.chain(steps);
        });
    }

    static Set<String> names() {
        return BY_NAME.keySet();
    }

    /** Returns whether words that are tokens are looked up before merging. */
    static boolean looksUpWords(String name) {
        return WHOLE_WORDS.contains(name);
    }

    /** Returns whether texts begin with the begin token by default. */
    static boolean addsBegin(String name) {
        return WHOLE_WORDS.contains(name);
    }
}
