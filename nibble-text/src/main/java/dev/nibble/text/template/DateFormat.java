package dev.nibble.text.template;

import java.time.ZonedDateTime;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** C's {@code strftime} in English; unknown directives are kept as they are. */
final class DateFormat {
    private static final int LONGEST = 1000;

    private DateFormat() {}

    static String format(String format, ZonedDateTime time, RenderBudget budget) {
        if (format.length() > LONGEST) {
            throw TemplateException.budget("a date format of " + format.length() + " characters, the limit is " + LONGEST);
        }
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (at < format.length()) {
            char c = format.charAt(at++);
            if (c != '%' || at == format.length()) {
                out.append(c);
                continue;
            }
            boolean bare = format.charAt(at) == '-' && at + 1 < format.length();
            at += bare ? 1 : 0;
            String part = directive(format.charAt(at++), time);
            out.append(bare ? part.replaceFirst("^[0 ]+(?=.)", "") : part);
        }
        budget.text(out.length());
        return out.toString();
    }

    private static String directive(char letter, ZonedDateTime time) {
        return switch (letter) {
            case 'Y' -> Integer.toString(time.getYear());
            case 'y' -> two(Math.floorMod(time.getYear(), 100));
            case 'C' -> two(time.getYear() / 100);
            case 'm' -> two(time.getMonthValue());
            case 'd' -> two(time.getDayOfMonth());
            case 'e' -> String.format("%2d", time.getDayOfMonth());
            case 'B' -> time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'b', 'h' -> time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH).substring(0, 3);
            case 'A' -> time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'a' -> time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH).substring(0, 3);
            case 'u' -> Integer.toString(time.getDayOfWeek().getValue());
            case 'w' -> Integer.toString(time.getDayOfWeek().getValue() % 7);
            case 'j' -> String.format("%03d", time.getDayOfYear());
            case 'G' -> Integer.toString(time.get(IsoFields.WEEK_BASED_YEAR));
            case 'V' -> two(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
            case 'U' -> two((time.getDayOfYear() + 6 - time.getDayOfWeek().getValue() % 7) / 7);
            case 'W' -> two((time.getDayOfYear() + 6 - (time.getDayOfWeek().getValue() + 6) % 7) / 7);
            default -> clock(letter, time);
        };
    }

    private static String clock(char letter, ZonedDateTime time) {
        return switch (letter) {
            case 'H' -> two(time.getHour());
            case 'k' -> String.format("%2d", time.getHour());
            case 'I' -> two((time.getHour() + 11) % 12 + 1);
            case 'l' -> String.format("%2d", (time.getHour() + 11) % 12 + 1);
            case 'M' -> two(time.getMinute());
            case 'S' -> two(time.getSecond());
            case 'f' -> String.format("%06d", time.get(ChronoField.MICRO_OF_SECOND));
            case 'p' -> time.getHour() < 12 ? "AM" : "PM";
            case 'P' -> time.getHour() < 12 ? "am" : "pm";
            case 's' -> Long.toString(time.toInstant().truncatedTo(ChronoUnit.SECONDS).getEpochSecond());
            case 'z', 'Z' -> "";
            case 'n' -> "\n";
            case 't' -> "\t";
            case '%' -> "%";
            default -> combined(letter, time);
        };
    }

    private static String combined(char letter, ZonedDateTime time) {
        String parts = switch (letter) {
            case 'D', 'x' -> "m/d/y";
            case 'F' -> "Y-m-d";
            case 'T', 'X' -> "H:M:S";
            case 'R' -> "H:M";
            case 'r' -> "I:M:S p";
            case 'c' -> "a b e H:M:S Y";
            default -> "";
        };
        StringBuilder out = new StringBuilder();
        parts.chars().forEach(c -> out.append(Character.isLetter(c) ? directive((char) c, time) : Character.toString(c)));
        return parts.isEmpty() ? "%" + letter : out.toString();
    }

    private static String two(int number) {
        return String.format("%02d", number);
    }
}
