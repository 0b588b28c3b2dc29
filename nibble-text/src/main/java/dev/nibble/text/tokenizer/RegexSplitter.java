package dev.nibble.text.tokenizer;

import dev.nibble.error.MalformedFileException;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Splits text at the matches of a regular expression. The steps of matching are limited, since an expression from a file may backtrack
 * exponentially.
 */
final class RegexSplitter implements Splitter {
    enum Behavior {
        ISOLATED, REMOVED, CONTIGUOUS, MERGED_WITH_PREVIOUS, MERGED_WITH_NEXT
    }

    private static final int FLAGS = Pattern.UNICODE_CHARACTER_CLASS | Pattern.MULTILINE | Pattern.UNIX_LINES;
    private static final String SPACES_AT_END = "\\s+$";
    /** Spaces at the end of a text, matched in one pass: only from the first space of a run. */
    private static final String SPACES_AT_END_ONCE = "(?<!\\s)\\s++$";
    private static final long MIN_STEPS = 1_000_000;
    private static final long STEPS_PER_CHARACTER = 256;

    private final Path file;
    private final Pattern pattern;
    private final Behavior behavior;
    private final boolean inverted;

    /** @param file source of the expression, named in errors */
    RegexSplitter(Path file, String regex, Behavior behavior, boolean inverted) {
        this.file = file;
        this.behavior = behavior;
        this.inverted = inverted;
        try {
            this.pattern = Pattern.compile(regex.equals(SPACES_AT_END) ? SPACES_AT_END_ONCE : regex, FLAGS);
        } catch (PatternSyntaxException | StackOverflowError e) {
            String reason = e instanceof PatternSyntaxException syntax ? syntax.getDescription() : "nested too deeply";
            throw new MalformedFileException("TOKENIZER_REGEX", file, -1, regex, "not a regular expression: " + reason);
        }
    }

    static RegexSplitter isolating(Path file, String regex) {
        return new RegexSplitter(file, regex, Behavior.ISOLATED, false);
    }

    @Override
    public void split(String text, boolean first, Consumer<String> words) {
        Cutter cutter = new Cutter(text, words);
        Matcher matcher = pattern.matcher(new Steps(text));
        int end = 0;
        try {
            while (matcher.find()) {
                if (matcher.end() > matcher.start()) {
                    cutter.part(end, matcher.start(), inverted);
                    cutter.part(matcher.start(), matcher.end(), !inverted);
                    end = matcher.end();
                }
            }
        } catch (StackOverflowError e) {
            throw tooLong(text);
        }
        cutter.part(end, text.length(), inverted);
        cutter.flush();
    }

    String replaced(String text, String replacement) {
        try {
            return pattern.matcher(new Steps(text)).replaceAll(replacement);
        } catch (StackOverflowError e) {
            throw tooLong(text);
        }
    }

    private MalformedFileException tooLong(String text) {
        return new MalformedFileException("REGEX_BUDGET", file, -1, pattern.pattern(),
                "this regular expression takes too many steps on a text of " + text.length() + " characters");
    }

    /** Joins parts according to the behavior and emits them. */
    private final class Cutter {
        private final String text;
        private final Consumer<String> words;
        private int start; // of the text held back
        private int end;
        private boolean heldMatch;

        Cutter(String text, Consumer<String> words) {
            this.text = text;
            this.words = words;
        }

        void part(int from, int to, boolean match) {
            if (from == to) {
                return;
            }
            boolean joins = end > start && switch (behavior) {
                case ISOLATED, REMOVED -> false;
                case CONTIGUOUS -> match && heldMatch;
                case MERGED_WITH_PREVIOUS -> match && !heldMatch;
                case MERGED_WITH_NEXT -> heldMatch && !match;
            };
            if (!joins) {
                flush();
                start = from;
            }
            end = to;
            heldMatch = match;
            if (match && behavior == Behavior.REMOVED) {
                start = to;
            }
        }

        void flush() {
            if (end > start) {
                words.accept(text.substring(start, end));
            }
            start = end;
        }
    }

    /** A text that counts reads of its characters. */
    private final class Steps implements CharSequence {
        private final String text;
        private long left;

        Steps(String text) {
            this.text = text;
            this.left = MIN_STEPS + STEPS_PER_CHARACTER * text.length();
        }

        @Override
        public char charAt(int i) {
            if (--left < 0) {
                throw tooLong(text);
            }
            return text.charAt(i);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
