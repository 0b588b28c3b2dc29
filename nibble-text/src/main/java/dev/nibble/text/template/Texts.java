package dev.nibble.text.template;

import java.util.Locale;
import java.util.Optional;

/** Operations shared by string methods and filters. */
final class Texts {
    private Texts() {}

    /** A part of a string and the index at which it starts, in code points. */
    record Part(String text, int start) {}

    static Part part(String text, Arguments.Bound bound) {
        if (bound.some("start").isEmpty() && bound.some("end").isEmpty()) {
            return new Part(text, 0);
        }
        int length = text.codePointCount(0, text.length());
        int from = place(bound.whole("start", 0), length);
        int to = Math.max(from, place(bound.whole("end", length), length));
        int begin = text.offsetByCodePoints(0, from);
        return new Part(text.substring(begin, text.offsetByCodePoints(begin, to - from)), from);
    }

    private static int place(int index, int length) {
        return index < 0 ? Math.max(0, index + length) : Math.min(index, length);
    }

    /** Strips the characters of the set, or whitespace, at the ends. */
    static String strip(String text, Optional<String> characters, boolean left, boolean right) {
        int from = 0;
        int to = text.length();
        while (left && from < to && strips(characters, text.codePointAt(from))) {
            from += Character.charCount(text.codePointAt(from));
        }
        while (right && to > from && strips(characters, text.codePointBefore(to))) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        return text.substring(from, to);
    }

    private static boolean strips(Optional<String> characters, int c) {
        return characters.isPresent() ? characters.get().indexOf(c) >= 0 : Characters.isSpace(c);
    }

    /** Replaces the first {@code count} occurrences; all if it is negative. */
    static StringValue replace(String text, String old, String replacement, int count, Rendering rendering) {
        Output out = new Output(rendering.budget());
        SubstringSearch needle = new SubstringSearch(old);
        int left = count < 0 ? Integer.MAX_VALUE : count;
        int done = 0;
        if (old.isEmpty()) {
            return between(text, replacement, left, out);
        }
        for (int at = left > 0 ? needle.in(text, 0) : -1; at >= 0; at = left > 0 ? needle.in(text, done) : -1) {
            rendering.budget().steps(1);
            out.append(text.substring(done, at)).append(replacement);
            done = at + old.length();
            left--;
        }
        return new StringValue(out.append(text.substring(done)).toString());
    }

    private static StringValue between(String text, String replacement, int count, Output out) {
        int left = count;
        int at = 0;
        while (left > 0 && at < text.length()) {
            String character = Character.toString(text.codePointAt(at));
            out.append(replacement).append(character);
            at += character.length();
            left--;
        }
        return new StringValue(out.append(left > 0 ? replacement : "").append(text.substring(at)).toString());
    }

    static int count(String text, String wanted) {
        if (wanted.isEmpty()) {
            return text.codePointCount(0, text.length()) + 1;
        }
        SubstringSearch needle = new SubstringSearch(wanted);
        int count = 0;
        for (int at = needle.in(text, 0); at >= 0; at = needle.in(text, at + wanted.length())) {
            count++;
        }
        return count;
    }

    /** Title case for letters after a character without case, lower case for the others. */
    static String title(String text) {
        StringBuilder title = new StringBuilder();
        boolean afterCased = false;
        for (int c : text.codePoints().toArray()) {
            title.append(afterCased ? lower(c) : upper(c));
            afterCased = isCased(c);
        }
        return title.toString();
    }

    static String capitalize(String text) {
        if (text.isEmpty()) {
            return "";
        }
        int first = text.codePointAt(0);
        return upper(first) + text.substring(Character.charCount(first)).toLowerCase(Locale.ROOT);
    }

    static String swapCase(String text) {
        StringBuilder swapped = new StringBuilder();
        text.codePoints()
                .forEach(c -> swapped.append(Character.isUpperCase(c) ? lower(c) : Character.toString(c).toUpperCase(Locale.ROOT)));
        return swapped.toString();
    }

    private static String upper(int c) {
        int title = Character.toTitleCase(c);
        return title != c ? Character.toString(title) : c == 'ß' ? "Ss" : Character.toString(c);
    }

    private static String lower(int c) {
        return Character.toString(c).toLowerCase(Locale.ROOT);
    }

    private static boolean isCased(int c) {
        return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
    }

    /** Returns whether there are letters with case and all of them are upper or lower. */
    static boolean isCased(String text, boolean upper) {
        return text.codePoints().anyMatch(upper ? Character::isUpperCase : Character::isLowerCase)
                && text.codePoints()
                        .noneMatch(c -> Character.isTitleCase(c) || (upper ? Character.isLowerCase(c) : Character.isUpperCase(c)));
    }

    /** Pads to the width with the fill character: on the right for {@code <}, on the left for {@code >}, on both sides for {@code ^}. */
    static String pad(String text, int width, String fill, char side, Rendering rendering) {
        int missing = Math.max(0, width - text.codePointCount(0, text.length()));
        rendering.budget().text((long) missing * fill.length() + text.length());
        int left = switch (side) {
            case '<' -> 0;
            case '>' -> missing;
            default -> missing / 2 + (missing & width & 1);
        };
        return fill.repeat(left) + text + fill.repeat(missing - left);
    }
}
