package dev.nibble.core;

/** Something sound that Nibble does not do: names the thing, where it came from and what would work. */
public final class UnsupportedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public UnsupportedException(String message) {
        super(message);
    }
}
