package dev.nibble.text.tokenizer;

import dev.nibble.error.UnsupportedException;
import dev.nibble.text.json.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The {@code pre_tokenizer} of a tokenizer.json. */
final class JsonSplitter {
    private static final String PUNCTUATION = "[\\p{P}$+<=>^`|~]";

    private final Path file;
    private final List<Splitter> steps = new ArrayList<>();

    private JsonSplitter(Path file) {
        this.file = file;
    }

    static Splitter of(Path file, Optional<Json> pre) {
        JsonSplitter splitter = new JsonSplitter(file);
        pre.ifPresent(splitter::add);
        return Splitter.chain(splitter.steps);
    }

    private void add(Json step) {
        String type = step.require("type").string();
        switch (type) {
            case "Sequence" -> step.require("pretokenizers").elements().forEach(this::add);
            case "ByteLevel" -> addByteLevel(step);
            case "Split" -> addSplit(step);
            case "Digits" -> add("\\p{N}", flag(step, "individual_digits", false)
                    ? RegexSplitter.Behavior.ISOLATED
                    : RegexSplitter.Behavior.CONTIGUOUS, false);
            case "Punctuation" -> add(PUNCTUATION, behavior(step), false);
            case "Whitespace" -> add("\\w+|[^\\w\\s]+", RegexSplitter.Behavior.REMOVED, true);
            case "WhitespaceSplit" -> add("\\s", RegexSplitter.Behavior.REMOVED, false);
            case "CharDelimiterSplit" -> add(Pattern.quote(step.require("delimiter").string()), RegexSplitter.Behavior.REMOVED, false);
            case "Metaspace" -> addMetaspace(step);
            case "BertPreTokenizer" -> {
                add("\\s", RegexSplitter.Behavior.REMOVED, false);
                add(PUNCTUATION, RegexSplitter.Behavior.ISOLATED, false);
            }
            default -> throw new UnsupportedException(file + ": " + step.pointer() + ": no pre-tokenizer " + type + "; there are"
                    + " ByteLevel, Split, Digits, Punctuation, Whitespace, WhitespaceSplit, CharDelimiterSplit, Metaspace, BertPreTokenizer"
                    + " and Sequence");
        }
    }

    private void add(String regex, RegexSplitter.Behavior behavior, boolean inverted) {
        steps.add(new RegexSplitter(file, regex, behavior, inverted));
    }

    private static boolean flag(Json step, String name, boolean otherwise) {
        return step.get(name).map(Json::bool).orElse(otherwise);
    }

    private static RegexSplitter.Behavior behavior(Json step) {
        String name = step.get("behavior").map(Json::string).orElse("Isolated");
        return switch (name) {
            case "Isolated" -> RegexSplitter.Behavior.ISOLATED;
            case "Removed" -> RegexSplitter.Behavior.REMOVED;
            case "Contiguous" -> RegexSplitter.Behavior.CONTIGUOUS;
            case "MergedWithPrevious" -> RegexSplitter.Behavior.MERGED_WITH_PREVIOUS;
            case "MergedWithNext" -> RegexSplitter.Behavior.MERGED_WITH_NEXT;
            default -> throw step.require("behavior").wrong("expected Isolated, Removed, Contiguous, MergedWithPrevious or MergedWithNext");
        };
    }

    private void addByteLevel(Json step) {
        if (flag(step, "add_prefix_space", true)) {
            steps.add((text, first, words) -> words.accept(text.startsWith(" ") ? text : " " + text));
        }
        if (flag(step, "use_regex", true)) {
            add(SplitPatterns.GPT2, RegexSplitter.Behavior.ISOLATED, false);
        }
        steps.add(Splitter::toBytes);
    }

    private void addSplit(Json step) {
        Json pattern = step.require("pattern");
        String regex = pattern.get("String").map(text -> Pattern.quote(text.string())).orElseGet(() -> pattern.require("Regex").string());
        add(regex, behavior(step), flag(step, "invert", false));
    }

    /** Replaces spaces by ▁, prepends one, and begins a word at each. */
    private void addMetaspace(Json step) {
        String mark = step.get("replacement").map(Json::string).orElse("▁");
        String scheme = step.get("prepend_scheme").map(Json::string).orElse(flag(step, "add_prefix_space", true) ? "always" : "never");
        steps.add((text, first, words) -> {
            String marked = text.replace(" ", mark);
            boolean prepends = scheme.equals("always") || (scheme.equals("first") && first);
            words.accept(prepends && !marked.startsWith(mark) ? mark + marked : marked);
        });
        if (flag(step, "split", true)) {
            add(Pattern.quote(mark), RegexSplitter.Behavior.MERGED_WITH_NEXT, false);
        }
    }
}
