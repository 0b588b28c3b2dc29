package dev.nibble.text.tokenizer;

import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import dev.nibble.text.json.Json;
import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The {@code normalizer} of a tokenizer.json. */
final class JsonNormalizer {
    private static final Pattern MARKS = Pattern.compile("\\p{Mn}");
    private static final int MAX_GROWTH = 8; // times the text
    private static final int FREE_GROWTH = 4096; // characters more

    private JsonNormalizer() {}

    static UnaryOperator<String> of(Optional<Json> normalizer) {
        return normalizer.map(n -> guarded(step(n), n)).orElse(UnaryOperator.identity());
    }

    private static UnaryOperator<String> guarded(UnaryOperator<String> step, Json place) {
        return text -> {
            String result = step.apply(text);
            if (result.length() > (long) MAX_GROWTH * text.length() + FREE_GROWTH) {
                throw new MalformedFileException("TOKENIZER_GROWTH", place.file(), -1, place.pointer(),
                        "this step makes " + result.length() + " characters from " + text.length());
            }
            return result;
        };
    }

    private static UnaryOperator<String> step(Json step) {
        String type = step.require("type").string();
        return switch (type) {
            case "Sequence" -> sequence(step.require("normalizers").elements());
            case "NFC", "NFD", "NFKC", "NFKD" -> {
                Normalizer.Form form = Normalizer.Form.valueOf(type);
                yield text -> Normalizer.normalize(text, form);
            }
            case "Lowercase" -> text -> text.toLowerCase(Locale.ROOT);
            case "StripAccents" -> text -> MARKS.matcher(text).replaceAll("");
            case "Strip" -> strip(flag(step, "strip_left"), flag(step, "strip_right"));
            case "Prepend" -> {
                String prefix = step.require("prepend").string();
                yield text -> text.isEmpty() ? text : prefix + text;
            }
            case "Replace" -> replace(step);
            case "BertNormalizer" -> bert(step);
            default -> throw new UnsupportedException(step.file() + ": " + step.pointer() + ": no normalizer " + type + "; there are"
                    + " NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Strip, Prepend, Replace, BertNormalizer and Sequence");
        };
    }

    private static UnaryOperator<String> sequence(List<Json> parts) {
        List<UnaryOperator<String>> steps = parts.stream().map(part -> guarded(step(part), part)).toList();
        return text -> {
            String result = text;
            for (UnaryOperator<String> step : steps) {
                result = step.apply(result);
            }
            return result;
        };
    }

    private static boolean flag(Json step, String name) {
        return step.get(name).map(Json::bool).orElse(true);
    }

    private static UnaryOperator<String> strip(boolean left, boolean right) {
        return text -> {
            String stripped = left ? text.stripLeading() : text;
            return right ? stripped.stripTrailing() : stripped;
        };
    }

    private static UnaryOperator<String> replace(Json step) {
        String content = step.require("content").string();
        Json pattern = step.require("pattern");
        Optional<Json> literal = pattern.get("String");
        if (literal.isPresent()) {
            String old = literal.get().string();
            if (old.isEmpty()) {
                throw literal.get().wrong("an empty pattern");
            }
            return text -> text.replace(old, content);
        }
        RegexSplitter splitter = new RegexSplitter(step.file(), pattern.require("Regex").string(), RegexSplitter.Behavior.ISOLATED, false);
        return text -> splitter.replaced(text, Matcher.quoteReplacement(content));
    }

    /** BERT's normalization, without its splitting of words and punctuation. */
    private static UnaryOperator<String> bert(Json step) {
        boolean lower = flag(step, "lowercase");
        boolean accents = step.get("strip_accents").map(Json::bool).orElse(lower);
        return text -> {
            String result = accents ? MARKS.matcher(Normalizer.normalize(text, Normalizer.Form.NFD)).replaceAll("") : text;
            return lower ? result.toLowerCase(Locale.ROOT) : result;
        };
    }
}
