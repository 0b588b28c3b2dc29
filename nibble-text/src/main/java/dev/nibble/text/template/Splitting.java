package dev.nibble.text.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** {@code split} and similar methods. */
final class Splitting {
    private Splitting() {}

    static Sequence split(String text, Optional<String> separator, int max, RenderBudget budget) {
        List<String> parts = separator.isPresent() ? at(text, separator(separator.get()), max, budget) : atSpace(text, max, budget);
        return list(parts, budget);
    }

    /** Splits from the right: reverses the text, splits it and reverses the result. */
    static Sequence rsplit(String text, Optional<String> separator, int max, RenderBudget budget) {
        String mirrored = mirror(text);
        List<String> parts = separator.isPresent()
                ? at(mirrored, mirror(separator(separator.get())), max, budget)
                : atSpace(mirrored, max, budget);
        List<String> turned = new ArrayList<>(parts.stream().map(Splitting::mirror).toList());
        Collections.reverse(turned);
        return list(turned, budget);
    }

    static String separator(String separator) {
        if (separator.isEmpty()) {
            throw TemplateException.runtime("empty separator");
        }
        return separator;
    }

    private static String mirror(String text) {
        return new StringBuilder(text).reverse().toString();
    }

    private static List<String> at(String text, String separator, int max, RenderBudget budget) {
        List<String> parts = new ArrayList<>();
        SubstringSearch needle = new SubstringSearch(separator);
        int done = 0;
        for (int at = needle.in(text, 0); at >= 0 && (max < 0 || parts.size() < max); at = needle.in(text, done)) {
            add(parts, text.substring(done, at), budget);
            done = at + separator.length();
        }
        add(parts, text.substring(done), budget);
        return parts;
    }

    private static List<String> atSpace(String text, int max, RenderBudget budget) {
        List<String> parts = new ArrayList<>();
        int at = spaces(text, 0, true);
        while (at < text.length()) {
            int end = max >= 0 && parts.size() == max ? text.length() : spaces(text, at, false);
            add(parts, text.substring(at, end), budget);
            at = spaces(text, end, true);
        }
        return parts;
    }

    /** End of the run of spaces, or of other characters, that begins there. */
    private static int spaces(String text, int from, boolean space) {
        int at = from;
        while (at < text.length() && Characters.isSpace(text.charAt(at)) == space) {
            at++;
        }
        return at;
    }

    static Sequence lines(String text, boolean keepEnds, RenderBudget budget) {
        return list(lines(text, keepEnds), budget);
    }

    static List<String> lines(String text, boolean keepEnds) {
        List<String> lines = new ArrayList<>();
        int begin = 0;
        int at = 0;
        while (at < text.length()) {
            int end = text.startsWith("\r\n", at) ? at + 2 : at + 1;
            if (Characters.isLineEnd(text.charAt(at))) {
                lines.add(text.substring(begin, keepEnds ? end : at));
                begin = end;
            }
            at = end;
        }
        if (begin < text.length()) {
            lines.add(text.substring(begin));
        }
        return lines;
    }

    static Sequence three(String before, String separator, String behind, RenderBudget budget) {
        return Sequence.of(Sequence.Kind.TUPLE, List.of(new StringValue(before), new StringValue(separator), new StringValue(behind)),
                budget);
    }

    private static void add(List<String> parts, String part, RenderBudget budget) {
        budget.steps(1);
        parts.add(part);
    }

    private static Sequence list(List<String> parts, RenderBudget budget) {
        budget.text(parts.stream().mapToLong(String::length).sum());
        return Sequence.list(parts.stream().<Value>map(StringValue::new).toList(), budget);
    }
}
