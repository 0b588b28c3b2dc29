package dev.nibble.error;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * A message that names settings, kept as data: {@link #toString} words them for Java programs, {@link #text} for a program with options of
 * its own.
 *
 * @param format a format of {@link String#format}
 * @param arguments arguments of the format; a {@link Setting.Choice} or an {@code Advice} is translated too
 */
public record Advice(String format, List<Object> arguments) {
    public Advice {
        arguments = List.copyOf(arguments);
    }

    public static Advice of(String format, Object... arguments) {
        return new Advice(format, Arrays.asList(arguments));
    }

    /** The message with settings in a program's own words. */
    public String text(Function<Setting.Choice, String> words) {
        return format.formatted(arguments.stream().map(argument -> switch (argument) {
            case Setting.Choice choice -> words.apply(choice);
            case Advice advice -> advice.text(words);
            default -> argument;
        }).toArray());
    }

    /** The named settings, in order. */
    public List<Setting.Choice> choices() {
        return arguments.stream().<Setting.Choice>mapMulti((argument, choices) -> {
            switch (argument) {
                case Setting.Choice choice -> choices.accept(choice);
                case Advice advice -> advice.choices().forEach(choices);
                default -> {
                }
            }
        }).toList();
    }

    @Override
    public String toString() {
        return text(Setting.Choice::toString);
    }
}
