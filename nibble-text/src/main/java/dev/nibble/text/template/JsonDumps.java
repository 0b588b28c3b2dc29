package dev.nibble.text.template;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** {@code json.dumps} with Python's separators: {@code ", "} and {@code ": "}, keys in their order. */
final class JsonDumps {
    /** Style of the output: characters beyond ASCII literal or escaped, keys sorted or not. */
    record Style(boolean ascii, boolean sorted, String indent, String itemSeparator, String keySeparator) {}

    private final Style style;
    private final boolean indented;
    private final Output out;
    private final RenderBudget budget;

    private JsonDumps(Style style, boolean indented, RenderBudget budget) {
        this.style = style;
        this.indented = indented;
        this.out = new Output(budget);
        this.budget = budget;
    }

    static String of(Value value, Style style, boolean indented, RenderBudget budget) {
        JsonDumps json = new JsonDumps(style, indented, budget);
        json.write(value, 1);
        return json.out.toString();
    }

    private void write(Value value, int level) {
        budget.steps(1);
        switch (value) {
            case StringValue text -> out.append(quoted(text.value()));
            case IntValue whole -> out.append(whole.value().toString());
            case FloatValue real -> out.append(real(real.value()));
            case BoolValue truth -> out.append(truth.truth() ? "true" : "false");
            case None _ -> out.append("null");
            case Mapping mapping -> members(mapping, level);
            case Sequence sequence -> elements(sequence, level);
            case Undefined _,Stream _,Namespace _,Loop _,Cycler _,Function _ -> throw notJson(value);
        }
    }

    private static TemplateException notJson(Value value) {
        return TemplateException.runtime("Object of type " + value.typeName() + " is not JSON serializable");
    }

    private void elements(Sequence sequence, int level) {
        if (sequence.kind() != Sequence.Kind.LIST && !sequence.kind().isTuple()) {
            throw notJson(sequence);
        }
        if (sequence.items().isEmpty()) {
            out.append("[]");
            return;
        }
        out.append("[");
        Iterator<Value> items = sequence.items().iterator();
        while (items.hasNext()) {
            line(level);
            write(items.next(), level + 1);
            out.append(items.hasNext() ? style.itemSeparator() : "");
        }
        line(level - 1);
        out.append("]");
    }

    private void members(Mapping mapping, int level) {
        if (mapping.entries().isEmpty()) {
            out.append("{}");
            return;
        }
        List<Map.Entry<Value, Value>> entries = new java.util.ArrayList<>(mapping.entries().entrySet());
        if (style.sorted()) {
            Order.sort(entries, Map.Entry::getKey, budget);
        }
        out.append("{");
        Iterator<Map.Entry<Value, Value>> members = entries.iterator();
        while (members.hasNext()) {
            Map.Entry<Value, Value> member = members.next();
            line(level);
            out.append(quoted(key(member.getKey()))).append(style.keySeparator());
            write(member.getValue(), level + 1);
            out.append(members.hasNext() ? style.itemSeparator() : "");
        }
        line(level - 1);
        out.append("}");
    }

    private void line(int level) {
        if (indented) {
            out.append("\n");
            for (int i = 0; i < level; i++) {
                out.append(style.indent());
            }
        }
    }

    private static String key(Value key) {
        return switch (key) {
            case StringValue text -> text.value();
            case IntValue whole -> whole.value().toString();
            case FloatValue real -> real(real.value());
            case BoolValue truth -> truth.truth() ? "true" : "false";
            case None _ -> "null";
            default -> throw TemplateException
                    .runtime("keys must be str, int, float, bool or None, not " + key.typeName());
        };
    }

    private static String real(double value) {
        return Double.isNaN(value) ? "NaN" : Double.isInfinite(value) ? value > 0 ? "Infinity" : "-Infinity" : PythonText.real(value);
    }

    private String quoted(String text) {
        budget.scan(text.length());
        StringBuilder json = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> json.append("\\\"");
                case '\\' -> json.append("\\\\");
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                case '\f' -> json.append("\\f");
                case '\b' -> json.append("\\b");
                default -> {
                    if (c < 0x20 || style.ascii() && c > 0x7e) {
                        json.append(String.format("\\u%04x", (int) c));
                    } else {
                        json.append(c);
                    }
                }
            }
        }
        return json.append('"').toString();
    }
}
