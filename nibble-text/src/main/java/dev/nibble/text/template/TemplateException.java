package dev.nibble.text.template;

import dev.nibble.error.MalformedFileException;
import dev.nibble.error.NibbleException;

/**
 * A template that cannot be parsed or rendered: kind of error, position in the source, and what was found. The message is one line, such as
 * {@code template: line 3, column 14: no filter named 'foo' [TEMPLATE_RUNTIME]}.
 */
public final class TemplateException extends NibbleException {
    private static final long serialVersionUID = 1;

    /** The kinds of error. */
    public enum Kind {
        /** The source is not a template, or uses a tag that is not supported. */
        SYNTAX,
        /** More steps, output, depth or memory than {@link RenderLimits} allow. */
        BUDGET,
        /** The template itself refused, by {@code raise_exception}. */
        RAISED,
        /** Something undefined was used as if it were defined. */
        UNDEFINED,
        /** An operation that its operands do not support. */
        RUNTIME
    }

    private final Kind kind;
    private final String reason;
    private final int line;
    private final int column;

    private TemplateException(Kind kind, String reason, int line, int column, Throwable cause) {
        super("template: " + (line > 0 ? "line " + line + ", column " + column + ": " : "") + MalformedFileException.printable(reason)
                + " [TEMPLATE_" + kind + "]", cause, false);
        this.kind = kind;
        this.reason = reason;
        this.line = line;
        this.column = column;
    }

    static TemplateException syntax(Place place, String reason) {
        return new TemplateException(Kind.SYNTAX, reason, place.line(), place.column(), null);
    }

    static TemplateException budget(String reason) {
        return new TemplateException(Kind.BUDGET, reason, 0, 0, null);
    }

    static TemplateException raised(String reason) {
        return new TemplateException(Kind.RAISED, reason, 0, 0, null);
    }

    static TemplateException undefined(String reason) {
        return new TemplateException(Kind.UNDEFINED, reason, 0, 0, null);
    }

    static TemplateException runtime(String reason) {
        return new TemplateException(Kind.RUNTIME, reason, 0, 0, null);
    }

    /** This error with a position, unless it has one already. */
    TemplateException at(Place place) {
        return line > 0 ? this : new TemplateException(kind, reason, place.line(), place.column(), getCause());
    }

    /** This error, met in a second attempt after an earlier error. @param how the second attempt, for the message */
    public TemplateException after(TemplateException earlier, String how) {
        return new TemplateException(kind, reason + "; " + how + ", because of an earlier error: " + earlier.reason, line, column, earlier);
    }

    public Kind kind() {
        return kind;
    }

    /** Returns the reason without place and code; for {@link Kind#RAISED} the template's own words. */
    public String reason() {
        return reason;
    }

    /** Line of the source from 1, or 0 if the error has no position. */
    public int line() {
        return line;
    }

    /** Column of the source from 1, or 0. */
    public int column() {
        return column;
    }

    /** Stable identifier: {@code TEMPLATE_SYNTAX}, {@code TEMPLATE_BUDGET} … */
    public String code() {
        return "TEMPLATE_" + kind;
    }
}
