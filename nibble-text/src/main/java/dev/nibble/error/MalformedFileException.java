package dev.nibble.error;

import java.nio.file.Path;

/**
 * A file that breaks the rules of its format. The message says where, what was found and what was expected, in one line:
 * {@code model.gguf: offset 4096: tensor "blk.0.attn_q.weight": 33 columns do not fill blocks of 32 [GGUF_ROW_LENGTH]}.
 */
public final class MalformedFileException extends NibbleException {
    private static final long serialVersionUID = 1;
    private static final int LONGEST_NAME = 200;

    private final String code;
    private final transient Path file;
    private final long offset;

    /**
     * @param code stable identifier of the kind of error, such as {@code SAFETENSORS_PAST_END}
     * @param file the malformed file
     * @param offset byte offset of the error, or −1 if it has none
     * @param entity the tensor, key or token concerned, or the empty string
     * @param reason what was found and what was expected
     */
    public MalformedFileException(String code, Path file, long offset, String entity, String reason) {
        super(line(code, file, offset, entity, reason));
        this.code = code;
        this.file = file;
        this.offset = offset;
    }

    public String code() {
        return code;
    }

    public Path file() {
        return file;
    }

    /** Byte offset of the error, or −1. */
    public long offset() {
        return offset;
    }

    private static String line(String code, Path file, long offset, String entity, String reason) {
        StringBuilder line = new StringBuilder(printable(file.toString())).append(": ");
        if (offset >= 0) {
            line.append("offset ").append(offset).append(": ");
        }
        if (!entity.isEmpty()) {
            line.append('"').append(printable(entity)).append("\": ");
        }
        return line.append(reason).append(" [").append(code).append(']').toString();
    }

    /** A name from a file, safe to print on a terminal: control and direction characters escaped, cut at 200. */
    public static String printable(String name) {
        StringBuilder shown = new StringBuilder();
        name.codePoints().limit(LONGEST_NAME).forEach(c -> {
            int type = Character.getType(c);
            if (type == Character.CONTROL || type == Character.FORMAT || type == Character.SURROGATE
                    || type == Character.LINE_SEPARATOR || type == Character.PARAGRAPH_SEPARATOR) {
                shown.append(String.format("\\u{%x}", c));
            } else {
                shown.appendCodePoint(c);
            }
        });
        return name.codePointCount(0, name.length()) > LONGEST_NAME ? shown.append('…').toString() : shown.toString();
    }
}
