package dev.nibble.text.grammar;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A set of Unicode characters: sorted ranges, disjoint and not adjacent. Surrogates, which UTF-8 cannot encode, are excluded.
 */
public record CodePoints(List<Range> ranges) {
    public static final CodePoints ALL = of(0, Character.MAX_CODE_POINT);
    private static final int FIRST_SURROGATE = 0xD800;
    private static final int LAST_SURROGATE = 0xDFFF;

    /** A range with both ends. */
    public record Range(int first, int last) {}

    /** Sorts and joins the ranges. */
    public CodePoints {
        ranges = joined(withoutSurrogates(ranges));
    }

    public static CodePoints of(int first, int last) {
        return new CodePoints(List.of(new Range(first, last)));
    }

    /** The characters of the text. */
    public static CodePoints of(String characters) {
        return new CodePoints(characters.codePoints().mapToObj(c -> new Range(c, c)).toList());
    }

    public CodePoints plus(CodePoints other) {
        List<Range> both = new ArrayList<>(ranges);
        both.addAll(other.ranges);
        return new CodePoints(both);
    }

    public CodePoints minus(CodePoints other) {
        return other.plus(complement()).complement();
    }

    public CodePoints complement() {
        List<Range> gaps = new ArrayList<>();
        int next = 0;
        for (Range range : ranges) {
            if (range.first > next) {
                gaps.add(new Range(next, range.first - 1));
            }
            next = range.last + 1;
        }
        if (next <= Character.MAX_CODE_POINT) {
            gaps.add(new Range(next, Character.MAX_CODE_POINT));
        }
        return new CodePoints(gaps);
    }

    public boolean contains(int codePoint) {
        return ranges.stream().anyMatch(range -> range.first <= codePoint && codePoint <= range.last);
    }

    public boolean isEmpty() {
        return ranges.isEmpty();
    }

    private static List<Range> withoutSurrogates(List<Range> ranges) {
        List<Range> parts = new ArrayList<>();
        for (Range range : ranges) {
            parts.add(new Range(range.first, Math.min(range.last, FIRST_SURROGATE - 1)));
            parts.add(new Range(Math.max(range.first, LAST_SURROGATE + 1), range.last));
        }
        parts.removeIf(range -> range.first > range.last);
        return parts;
    }

    private static List<Range> joined(List<Range> ranges) {
        List<Range> joined = new ArrayList<>();
        for (Range range : ranges.stream().sorted(Comparator.comparingInt(Range::first)).toList()) {
            Range before = joined.isEmpty() ? null : joined.getLast();
            if (before != null && range.first <= before.last + 1) {
                joined.set(joined.size() - 1, new Range(before.first, Math.max(before.last, range.last)));
            } else {
                joined.add(range);
            }
        }
        return List.copyOf(joined);
    }

    /** The set as a GBNF character class. */
    @Override
    public String toString() {
        if (equals(ALL)) {
            return ".";
        }
        boolean negated = !ranges.isEmpty() && ranges.getLast().last == Character.MAX_CODE_POINT;
        List<Range> shown = negated ? complement().ranges : ranges;
        return shown.stream().map(CodePoints::written).collect(Collectors.joining("", negated ? "[^" : "[", "]"));
    }

    private static String written(Range range) {
        String first = Escapes.written(range.first, "\\[]^-");
        return range.first == range.last ? first : first + "-" + Escapes.written(range.last, "\\[]^-");
    }
}
