package dev.nibble.text.template;

import java.util.ArrayList;
import java.util.List;

/** {@code '{} {name:>5}'.format(…)}. */
final class BraceFormat {
    private final String format;
    private final Arguments arguments;
    private final Rendering rendering;
    private final Output out;
    private int at;
    private int automatic;

    private BraceFormat(String format, Arguments arguments, Rendering rendering) {
        this.format = format;
        this.arguments = arguments;
        this.rendering = rendering;
        this.out = new Output(rendering.budget());
    }

    static String format(String format, Arguments arguments, Rendering rendering) {
        BraceFormat brace = new BraceFormat(format, arguments, rendering);
        brace.run();
        return brace.out.toString();
    }

    private void run() {
        while (at < format.length()) {
            char c = format.charAt(at++);
            boolean doubled = at < format.length() && format.charAt(at) == c;
            if (c == '{' && !doubled) {
                field();
            } else if (c == '}' && !doubled) {
                throw TemplateException.runtime("Single '}' encountered in format string");
            } else {
                at += c == '{' || c == '}' ? 1 : 0;
                out.append(Character.toString(c));
            }
        }
    }

    private void field() {
        int close = format.indexOf('}', at);
        if (close < 0) {
            throw TemplateException.runtime("expected '}' before end of string");
        }
        String field = format.substring(at, close);
        at = close + 1;
        if (field.indexOf('{') >= 0) {
            throw TemplateException.runtime("fields within fields are not supported in format strings");
        }
        int colon = field.indexOf(':');
        String specification = colon < 0 ? "" : field.substring(colon + 1);
        String head = colon < 0 ? field : field.substring(0, colon);
        int mark = head.indexOf('!');
        Value value = value(mark < 0 ? head : head.substring(0, mark));
        if (mark >= 0) {
            value = switch (head.substring(mark + 1)) {
                case "s" -> new StringValue(rendering.str(value));
                case "r", "a" -> new StringValue(PythonText.repr(value, rendering.budget()));
                default -> throw TemplateException.runtime("unknown conversion in format string");
            };
        }
        out.append(specification.isEmpty() ? rendering.str(value) : formatted(value, specification));
    }

    private Value value(String path) {
        int end = 0;
        while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
            end++;
        }
        Value value = first(path.substring(0, end));
        while (end < path.length()) {
            boolean item = path.charAt(end) == '[';
            int close = item ? path.indexOf(']', end) : end + 1;
            if (close < 0) {
                throw TemplateException.runtime("missing ']' in format string");
            }
            if (!item) {
                while (close < path.length() && path.charAt(close) != '.' && path.charAt(close) != '[') {
                    close++;
                }
            }
            String name = path.substring(end + 1, close);
            Value index = isNumber(name) ? Value.of(Integer.parseInt(name)) : new StringValue(name);
            value = item ? Access.item(value, index, rendering) : Access.attribute(value, name);
            end = item ? close + 1 : close;
        }
        return value;
    }

    private static boolean isNumber(String name) {
        return !name.isEmpty() && name.length() < 10 && name.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private Value first(String name) {
        if (name.isEmpty() || isNumber(name)) {
            int index = name.isEmpty() ? automatic++ : Integer.parseInt(name);
            if (index >= arguments.positional().size()) {
                throw TemplateException.runtime("Replacement index " + index + " out of range for positional args tuple");
            }
            return arguments.positional().get(index);
        }
        if (!arguments.named().containsKey(name)) {
            throw TemplateException.runtime("KeyError: " + PythonText.quoted(name));
        }
        return arguments.named().get(name);
    }

    /** {@code [[fill]align][sign][#][0][width][,][.precision][type]}. */
    private String formatted(Value value, String specification) {
        String rest = specification;
        String fill = " ";
        char align = ' ';
        if (rest.length() > 1 && "<>^=".indexOf(rest.charAt(1)) >= 0) {
            fill = rest.substring(0, 1);
            align = rest.charAt(1);
            rest = rest.substring(2);
        } else if ("<>^=".indexOf(rest.charAt(0)) >= 0) {
            align = rest.charAt(0);
            rest = rest.substring(1);
        }
        java.util.regex.Matcher parts = java.util.regex.Pattern
                .compile("([-+ ]?)(#?)(0?)([0-9]{0,9})([,_]?)(?:\\.([0-9]{1,9}))?([a-zA-Z%]?)")
                .matcher(rest);
        if (!parts.matches()) {
            throw TemplateException.runtime("Invalid format specifier");
        }
        boolean text = value instanceof StringValue;
        char side = align != ' ' ? align : text ? '<' : '>';
        int width = parts.group(4).isEmpty() ? 0 : Integer.parseInt(parts.group(4));
        int precision = parts.group(6) == null ? -1 : Integer.parseInt(parts.group(6));
        boolean zeros = !parts.group(3).isEmpty() && align == ' ' && !text;
        List<String> flags = new ArrayList<>(List.of(parts.group(1).replace("-", ""), parts.group(2), parts.group(5)));
        NumberFormat plain = new NumberFormat(side, String.join("", flags), 0, precision);
        if (zeros) {
            flags.add("0");
            return convert(new NumberFormat(side, String.join("", flags), width, precision), value, parts.group(7));
        }
        String converted = convert(plain, value, parts.group(7));
        if (align == '=') {
            throw TemplateException.runtime("'=' alignment is not supported in format strings");
        }
        return Texts.pad(converted, width, fill, side, rendering);
    }

    private String convert(NumberFormat number, Value value, String type) {
        if (value instanceof StringValue text && (type.isEmpty() || "s".equals(type))) {
            return number.text(text.value(), rendering);
        }
        if (!Numbers.isNumber(value)) {
            throw TemplateException.runtime("unsupported format string passed to " + value.typeName() + ".__format__");
        }
        boolean whole = !(value instanceof FloatValue);
        return switch (type) {
            case "" -> whole
                    ? number.whole(Numbers.asWhole(value), 10, false, rendering)
                    : number.precision() < 0 ? rendering.str(value) : number.real(Numbers.asReal(value), 'g', rendering);
            case "d", "n" -> number.whole(Numbers.asWhole(value), 10, false, rendering);
            case "x", "X" -> number.whole(Numbers.asWhole(value), 16, "X".equals(type), rendering);
            case "o" -> number.whole(Numbers.asWhole(value), 8, false, rendering);
            case "b" -> number.whole(Numbers.asWhole(value), 2, false, rendering);
            case "e", "E", "f", "F", "g", "G" -> number.real(Numbers.asReal(value), type.charAt(0), rendering);
            case "%" -> number.real(100 * Numbers.asReal(value), 'f', rendering) + "%";
            default -> throw TemplateException.runtime("Unknown format code '" + type + "'");
        };
    }
}
