package dev.nibble.error;

/**
 * The common parent of what the library itself throws: a file that breaks its format ({@link MalformedFileException}), something valid that is
 * not supported ({@link UnsupportedException}), a chat template or a grammar that cannot be used. Unchecked: a program that loads one known
 * model need not expect it, one that opens what users name catches this one type.
 *
 * <p>
 * Two kinds of failure are no {@code NibbleException}. What the operating system refuses (a file that is missing, a full disk, an interrupt
 * while waiting) is a checked {@link java.io.IOException}, unchanged. A call that breaks the contract of a method is an
 * {@link IllegalArgumentException} or {@link IllegalStateException}, as everywhere in Java; none of those is ever turned into a
 * {@code NibbleException}, so that mistakes of a program, this library among them, are seen as such.
 */
public abstract class NibbleException extends RuntimeException {
    private static final long serialVersionUID = 1;

    protected NibbleException(String message) {
        super(message);
    }

    /** @param cause what led to it, or null */
    protected NibbleException(String message, Throwable cause) {
        super(message, cause);
    }

    /** @param withStack false for what is thrown and caught on purpose, where a stack would only cost time */
    protected NibbleException(String message, Throwable cause, boolean withStack) {
        super(message, cause, withStack, withStack);
    }
}
