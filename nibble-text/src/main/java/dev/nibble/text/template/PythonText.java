package dev.nibble.text.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;

/** Values written as Python's {@code str} and {@code repr} write them. */
final class PythonText {
    private PythonText() {}

    static String str(Value value, RenderBudget budget) {
        return switch (value) {
            case StringValue text -> text.value();
            case Undefined _ -> "";
            default -> repr(value, budget);
        };
    }

    static String repr(Value value, RenderBudget budget) {
        Output out = new Output(budget);
        repr(value, out, 0);
        return out.toString();
    }

    private static void repr(Value value, Output out, int depth) {
        if (depth > RenderLimits.VALUE_DEPTH) {
            throw TemplateException.budget("a value that contains itself");
        }
        switch (value) {
            case StringValue text -> out.append(quoted(text.value()));
            case IntValue whole -> out.append(whole.value().toString());
            case FloatValue real -> out.append(real(real.value()));
            case BoolValue truth -> out.append(truth.truth() ? "True" : "False");
            case None _ -> out.append("None");
            case Undefined _ -> out.append("Undefined");
            case Sequence sequence -> sequence(sequence, out, depth);
            case Mapping mapping -> mapping(mapping.entries(), out, depth);
            case Namespace namespace -> namespace(namespace, out, depth);
            case Stream _ -> out.append("<generator object>");
            case Loop loop -> out.append("<LoopContext " + loop.index() + "/" + loop.length() + ">");
            case Cycler _ -> out.append("<Cycler>");
            case Function function -> out.append("<" + function.typeName() + " " + quoted(function.name()) + ">");
        }
    }

    private static void sequence(Sequence sequence, Output out, int depth) {
        List<Value> items = sequence.items();
        switch (sequence.kind()) {
            case LIST -> row("[", items, "]", out, depth);
            case TUPLE, GROUP -> row("(", items, items.size() == 1 ? ",)" : ")", out, depth);
            case KEYS, VALUES, ITEMS -> row(sequence.typeName() + "([", items, "])", out, depth);
            case RANGE -> range(items, out);
        }
    }

    private static void row(String open, List<Value> items, String close, Output out, int depth) {
        out.append(open);
        for (int i = 0; i < items.size(); i++) {
            out.append(i > 0 ? ", " : "");
            repr(items.get(i), out, depth + 1);
        }
        out.append(close);
    }

    private static void range(List<Value> items, Output out) {
        BigInteger first = items.isEmpty() ? BigInteger.ZERO : Numbers.asWhole(items.getFirst());
        BigInteger step = items.size() < 2 ? BigInteger.ONE : Numbers.asWhole(items.get(1)).subtract(first);
        BigInteger end = items.isEmpty() ? BigInteger.ZERO : Numbers.asWhole(items.getLast()).add(step);
        out.append("range(" + first + ", " + end + (step.equals(BigInteger.ONE) ? "" : ", " + step) + ")");
    }

    private static void mapping(Map<Value, Value> entries, Output out, int depth) {
        String separator = "{";
        for (Map.Entry<Value, Value> entry : entries.entrySet()) {
            out.append(separator);
            repr(entry.getKey(), out, depth + 1);
            out.append(": ");
            repr(entry.getValue(), out, depth + 1);
            separator = ", ";
        }
        out.append(entries.isEmpty() ? "{}" : "}");
    }

    private static void namespace(Namespace namespace, Output out, int depth) {
        String separator = "<Namespace {";
        for (Map.Entry<String, Value> entry : namespace.attributes().entrySet()) {
            out.append(separator).append(quoted(entry.getKey())).append(": ");
            repr(entry.getValue(), out, depth + 1);
            separator = ", ";
        }
        out.append(namespace.attributes().isEmpty() ? "<Namespace {}>" : "}>");
    }

    /** The shortest decimal that reads back as the same double; with an exponent below 1e-4 and from 1e16. */
    static String real(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return Math.copySign(1, value) < 0 ? "-0.0" : "0.0";
        }
        BigDecimal shortest = shortest(value);
        int exponent = shortest.precision() - shortest.scale() - 1;
        if (exponent >= -4 && exponent < 16) {
            return shortest.scale() <= 0 ? shortest.toBigInteger() + ".0" : shortest.toPlainString();
        }
        return exponential(shortest.unscaledValue(), exponent);
    }

    /** Java writes at least two digits, the second of which may be unnecessary. */
    private static BigDecimal shortest(double value) {
        BigDecimal written = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        BigDecimal oneDigit = written.round(new MathContext(1, RoundingMode.HALF_EVEN));
        return oneDigit.doubleValue() == value ? oneDigit : written;
    }

    private static String exponential(BigInteger digits, int exponent) {
        String plain = digits.abs().toString();
        String fraction = plain.length() > 1 ? "." + plain.substring(1) : "";
        String sign = digits.signum() < 0 ? "-" : "";
        String size = Math.abs(exponent) < 10 ? "0" + Math.abs(exponent) : Integer.toString(Math.abs(exponent));
        return sign + plain.charAt(0) + fraction + "e" + (exponent < 0 ? "-" : "+") + size;
    }

    /** A string literal: in single quotes unless it contains only those. */
    static String quoted(String text) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        StringBuilder shown = new StringBuilder().append(quote);
        text.codePoints().forEach(c -> {
            if (c == quote || c == '\\') {
                shown.append('\\').appendCodePoint(c);
            } else if (c == '\n') {
                shown.append("\\n");
            } else if (c == '\r') {
                shown.append("\\r");
            } else if (c == '\t') {
                shown.append("\\t");
            } else if (Characters.isPrintable(c)) {
                shown.appendCodePoint(c);
            } else {
                shown.append(String.format(c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c));
            }
        });
        return shown.append(quote).toString();
    }
}
