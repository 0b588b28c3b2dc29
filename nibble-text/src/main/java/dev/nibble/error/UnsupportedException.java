package dev.nibble.error;

import java.util.function.Function;

/** Input that is valid, but that Nibble does not support: names the thing, where it came from and what would work. */
public final class UnsupportedException extends NibbleException {
    private static final long serialVersionUID = 1;

    private final transient Advice advice; // null after it was serialized

    public UnsupportedException(String message) {
        this(message, null);
    }

    public UnsupportedException(String message, Throwable cause) {
        this(Advice.of("%s", message), cause);
    }

    /** @param advice the message, with the settings that would work as data */
    public UnsupportedException(Advice advice) {
        this(advice, null);
    }

    public UnsupportedException(Advice advice, Throwable cause) {
        super(advice.toString(), cause);
        this.advice = advice;
    }

    /** The message, with the settings that it names as data. */
    public Advice advice() {
        return advice == null ? Advice.of("%s", getMessage()) : advice;
    }

    /** The message in a program's own words for settings. */
    public String message(Function<Setting.Choice, String> words) {
        return advice().text(words);
    }

    /** The same, met while working on something. @param place what that is, such as {@code layer blk.0.ffn_up} */
    public UnsupportedException in(String place) {
        return new UnsupportedException(Advice.of("%s: %s", place, advice()), this);
    }
}
