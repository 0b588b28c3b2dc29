package dev.nibble.error;

/**
 * Base class of the library's own exceptions: a file that breaks its format ({@link MalformedFileException}), something valid that is not
 * supported ({@link UnsupportedException}), a chat template or a grammar that cannot be used. Unchecked: a program that loads one known
 * model can ignore it, one that opens users' files catches this one type.
 *
 * <p>
 * Two kinds of failure are not {@code NibbleException}s. A failure of the operating system (a missing file, a full disk, an interrupted
 * wait) is a checked {@link java.io.IOException}, unchanged. A call that breaks the contract of a method is an {@link
 * IllegalArgumentException} or {@link IllegalStateException}, as everywhere in Java; neither is ever wrapped in a {@code NibbleException},
 * so that bugs, of the caller or of this library, show as such.
 */
public abstract class NibbleException extends RuntimeException {
    private static final long serialVersionUID = 1;

    protected NibbleException(String message) {
        super(message);
    }

    /** @param cause the cause, or null */
    protected NibbleException(String message, Throwable cause) {
        super(message, cause);
    }

    /** @param withStack false where it is thrown and caught on purpose, and a stack trace would only cost time */
    protected NibbleException(String message, Throwable cause, boolean withStack) {
        super(message, cause, withStack, withStack);
    }
}
