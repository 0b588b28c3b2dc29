package dev.nibble.text.template;

import java.util.List;

/** {@code '%s and %05.2f' % (a, b)}: printf formats as Python has them. */
final class PercentFormat {
    private final String format;
    private final Value values;
    private final List<Value> row;
    private final Rendering rendering;
    private final Output out;
    private int at;
    private int used;

    private PercentFormat(String format, Value values, Rendering rendering) {
        this.format = format;
        this.values = values;
        this.row = values instanceof Sequence tuple && tuple.kind().isTuple() ? tuple.items() : List.of(values);
        this.rendering = rendering;
        this.out = new Output(rendering.budget());
    }

    static String format(String format, Value values, Rendering rendering) {
        PercentFormat percent = new PercentFormat(format, values, rendering);
        percent.run();
        return percent.out.toString();
    }

    private void run() {
        while (at < format.length()) {
            int next = format.indexOf('%', at);
            out.append(format.substring(at, next < 0 ? format.length() : next));
            at = next < 0 ? format.length() : next + 1;
            if (next >= 0) {
                conversion();
            }
        }
        boolean takesNames = values instanceof Mapping || values instanceof Sequence sequence && !sequence.kind().isTuple();
        if (used < row.size() && !takesNames) {
            throw TemplateException.runtime("not all arguments converted during string formatting");
        }
    }

    private void conversion() {
        Value named = None.NONE;
        boolean byName = peek() == '(';
        if (byName) {
            int close = format.indexOf(')', at);
            if (close < 0) {
                throw TemplateException.runtime("incomplete format key");
            }
            if (!(values instanceof Mapping mapping)) {
                throw TemplateException.runtime("format requires a mapping");
            }
            StringValue name = new StringValue(format.substring(at + 1, close));
            named = mapping.entries().get(name);
            if (named == null) {
                throw TemplateException.runtime("KeyError: " + PythonText.quoted(name.value()));
            }
            at = close + 1;
        }
        StringBuilder flags = new StringBuilder();
        while ("-+ 0#".indexOf(peek()) >= 0) {
            flags.append(next());
        }
        int width = peek() == '*' ? star() : digits();
        int precision = -1;
        if (peek() == '.') {
            at++;
            precision = peek() == '*' ? star() : Math.max(0, digits());
        }
        while ("hlL".indexOf(peek()) >= 0) {
            at++;
        }
        char type = next();
        if (type == '%') {
            out.append("%");
            return;
        }
        NumberFormat number = new NumberFormat(flags.indexOf("-") >= 0 || width < -1 ? '<' : '>', flags.toString(), Math.abs(width),
                precision);
        out.append(convert(type, byName ? named : argument(), number));
    }

    private String convert(char type, Value value, NumberFormat number) {
        return switch (type) {
            case 's' -> number.text(rendering.str(value), rendering);
            case 'r', 'a' -> number.text(PythonText.repr(value, rendering.budget()), rendering);
            case 'c' -> number.text(
                    value instanceof StringValue text
                            ? text.value()
                            : Character.toString(Math.clamp(Arguments.Bound.whole("%c", value), 0, 0x10ffff)),
                    rendering);
            case 'd', 'i', 'u' ->
                number.whole(value instanceof FloatValue real ? truncated(real) : whole(type, value), 10, false, rendering);
            case 'x', 'X' -> number.whole(whole(type, value), 16, type == 'X', rendering);
            case 'o' -> number.whole(whole(type, value), 8, false, rendering);
            case 'e', 'E', 'f', 'F', 'g', 'G' -> number.real(real(value), type, rendering);
            default -> throw TemplateException.runtime("unsupported format character '" + type + "' at index " + (at - 1));
        };
    }

    private static java.math.BigInteger truncated(FloatValue real) {
        if (Double.isNaN(real.value()) || Double.isInfinite(real.value())) {
            throw TemplateException.runtime("cannot convert float " + PythonText.real(real.value()) + " to integer");
        }
        return Numbers.whole(real.value());
    }

    private static java.math.BigInteger whole(char type, Value value) {
        if (!(value instanceof IntValue || value instanceof BoolValue)) {
            throw TemplateException.runtime("%" + type + " format: an integer is required, not " + value.typeName());
        }
        return Numbers.asWhole(value);
    }

    private static double real(Value value) {
        if (!Numbers.isNumber(value)) {
            throw TemplateException.runtime("must be real number, not " + value.typeName());
        }
        return Numbers.asReal(value);
    }

    private int star() {
        at++;
        return Math.clamp(Arguments.Bound.whole("*", argument()), -Integer.MAX_VALUE, Integer.MAX_VALUE);
    }

    /** The number at this position of the format; −1 if there is none. */
    private int digits() {
        int begin = at;
        long value = 0;
        while (peek() >= '0' && peek() <= '9') {
            value = Math.min(Integer.MAX_VALUE, 10 * value + next() - '0');
        }
        return at == begin ? -1 : (int) value;
    }

    private Value argument() {
        if (used >= row.size()) {
            throw TemplateException.runtime("not enough arguments for format string");
        }
        return row.get(used++);
    }

    private char peek() {
        return at < format.length() ? format.charAt(at) : '\0';
    }

    private char next() {
        if (at >= format.length()) {
            throw TemplateException.runtime("incomplete format");
        }
        return format.charAt(at++);
    }
}
