package dev.nibble.error;

import java.util.function.Function;

/** Valid input that Nibble does not support. Names it, its source and what would work. */
public final class UnsupportedException extends NibbleException {
    private static final long serialVersionUID = 1;

    private final transient Advice advice; // null after serialization

    public UnsupportedException(String message) {
        this(message, null);
    }

    public UnsupportedException(String message, Throwable cause) {
        this(Advice.of("%s", message), cause);
    }

    /** @param advice the message, with settings as data */
    public UnsupportedException(Advice advice) {
        this(advice, null);
    }

    public UnsupportedException(Advice advice, Throwable cause) {
        super(advice.toString(), cause);
        this.advice = advice;
    }

    /** The message, with settings as data. */
    public Advice advice() {
        return advice == null ? Advice.of("%s", getMessage()) : advice;
    }

    /** The message with settings in a program's own words. */
    public String message(Function<Setting.Choice, String> words) {
        return advice().text(words);
    }

    /** This exception with its place added to the message. @param place such as {@code layer blk.0.ffn_up} */
    public UnsupportedException in(String place) {
        return new UnsupportedException(Advice.of("%s: %s", place, advice()), this);
    }
}
