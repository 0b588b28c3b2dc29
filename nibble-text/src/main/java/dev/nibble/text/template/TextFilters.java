package dev.nibble.text.template;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Filters with text as result. */
final class TextFilters {
    private static final JsonDumps.Style COMPACT = new JsonDumps.Style(false, false, "", ", ", ": ");
    private static final JsonDumps.Style LINES = new JsonDumps.Style(false, false, "", ",", ": ");

    private TextFilters() {}

    static void list(Map<String, Filters.Filter> all) {
        all.put("string", (subject, _, rendering) -> new StringValue(rendering.str(subject)));
        all.put("safe", (subject, _, rendering) -> new StringValue(rendering.str(subject)));
        all.put("upper", (subject, _, rendering) -> rendering.text(rendering.str(subject).toUpperCase(Locale.ROOT)));
        all.put("lower", (subject, _, rendering) -> rendering.text(rendering.str(subject).toLowerCase(Locale.ROOT)));
        all.put("capitalize", (subject, _, rendering) -> rendering.text(Texts.capitalize(rendering.str(subject))));
        all.put("title", (subject, _, rendering) -> rendering.text(title(rendering.str(subject))));
        all.put("trim", TextFilters::trim);
        all.put("replace", TextFilters::replace);
        all.put("indent", TextFilters::indent);
        all.put("truncate", TextFilters::truncate);
        all.put("center", (subject, arguments, rendering) -> new StringValue(Texts.pad(rendering.str(subject),
                arguments.bind("center", "width").whole("width", 80), " ", '^', rendering)));
        all.put("format", (subject, arguments, rendering) -> rendering
                .text(PercentFormat.format(rendering.str(subject), formatted(arguments, rendering), rendering)));
        all.put("wordcount", (subject, _, rendering) -> Value.of(words(rendering.str(subject))));
        all.put("escape", (subject, _, rendering) -> escape(subject, rendering));
        all.put("e", (subject, _, rendering) -> escape(subject, rendering));
        all.put("forceescape", (subject, _, rendering) -> escape(subject, rendering));
        all.put("urlencode", TextFilters::urlencode);
        all.put("tojson", TextFilters::tojson);
        all.put("join", TextFilters::join);
    }

    private static Value trim(Value subject, Arguments arguments, Rendering rendering) {
        Arguments.Bound bound = arguments.bind("trim", "chars");
        Optional<String> characters = bound.some("chars").map(_ -> bound.text("chars"));
        return new StringValue(Texts.strip(rendering.str(subject), characters, true, true));
    }

    private static Value replace(Value subject, Arguments arguments, Rendering rendering) {
        Arguments.Bound bound = arguments.bind("replace", "old", "new", "count");
        return Texts.replace(rendering.str(subject), rendering.str(bound.require("old")), rendering.str(bound.require("new")),
                bound.whole("count", -1), rendering);
    }

    private static String title(String text) {
        StringBuilder title = new StringBuilder();
        boolean begins = true;
        for (int c : text.codePoints().toArray()) {
            String character = Character.toString(c);
            title.append(begins ? character.toUpperCase(Locale.ROOT) : character.toLowerCase(Locale.ROOT));
            begins = Characters.isSpace(c) || "-({[<".indexOf(c) >= 0;
        }
        return title.toString();
    }

    private static Value indent(Value subject, Arguments arguments, Rendering rendering) {
        Arguments.Bound bound = arguments.bind("indent", "width", "first", "blank");
        if (subject instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (!(subject instanceof StringValue text)) {
            throw TemplateException.runtime("unsupported operand type(s) for +=: '" + subject.typeName() + "' and 'str'");
        }
        String by = bound.find("width").orElse(Value.of(4)) instanceof StringValue width
                ? width.value()
                : Texts.pad("", bound.whole("width", 4), " ", '<', rendering);
        boolean blank = bound.flag("blank", false);
        Output out = new Output(rendering.budget());
        out.append(bound.flag("first", false) ? by : "");
        List<String> lines = Splitting.lines(text.value() + "\n", false);
        for (int i = 0; i < lines.size(); i++) {
            out.append(i > 0 ? "\n" : "").append(i > 0 && (blank || !lines.get(i).isEmpty()) ? by : "").append(lines.get(i));
        }
        return new StringValue(out.toString());
    }

    private static Value truncate(Value subject, Arguments arguments, Rendering rendering) {
        Arguments.Bound bound = arguments.bind("truncate", "length", "killwords", "end", "leeway");
        String text = rendering.str(subject);
        String end = bound.text("end", "...");
        int length = bound.whole("length", 255);
        int leeway = bound.whole("leeway", 5);
        int size = text.codePointCount(0, text.length());
        int kept = length - end.codePointCount(0, end.length());
        if (kept < 0 || leeway < 0) {
            throw TemplateException.runtime("expected length >= " + (length - kept) + ", got " + length);
        }
        if (size <= (long) length + leeway) {
            return new StringValue(text);
        }
        String cut = text.substring(0, text.offsetByCodePoints(0, kept));
        int space = cut.lastIndexOf(' ');
        return rendering.text((bound.flag("killwords", false) || space < 0 ? cut : cut.substring(0, space)) + end);
    }

    private static Value formatted(Arguments arguments, Rendering rendering) {
        if (arguments.named().isEmpty()) {
            return Sequence.of(Sequence.Kind.TUPLE, arguments.positional(), rendering.budget());
        }
        if (!arguments.positional().isEmpty()) {
            throw TemplateException.runtime("can't handle positional and keyword arguments at the same time");
        }
        java.util.LinkedHashMap<Value, Value> named = new java.util.LinkedHashMap<>();
        arguments.named().forEach((name, value) -> named.put(new StringValue(name), value));
        return Mapping.of(named, rendering.budget());
    }

    private static int words(String text) {
        int words = 0;
        boolean inside = false;
        for (int c : text.codePoints().toArray()) {
            boolean part = Character.isLetterOrDigit(c) || c == '_';
            words += part && !inside ? 1 : 0;
            inside = part;
        }
        return words;
    }

    private static StringValue escape(Value subject, Rendering rendering) {
        Output out = new Output(rendering.budget());
        String text = rendering.str(subject);
        int done = 0;
        for (int i = 0; i < text.length(); i++) {
            String replacement = switch (text.charAt(i)) {
                case '&' -> "&amp;";
                case '<' -> "&lt;";
                case '>' -> "&gt;";
                case '"' -> "&#34;";
                case '\'' -> "&#39;";
                default -> "";
            };
            if (!replacement.isEmpty()) {
                out.append(text.substring(done, i)).append(replacement);
                done = i + 1;
            }
        }
        return new StringValue(out.append(text.substring(done)).toString());
    }

    private static Value urlencode(Value subject, Arguments arguments, Rendering rendering) {
        arguments.bind("urlencode");
        if (subject instanceof StringValue || !Iteration.isIterable(subject)) {
            return rendering.text(quote(rendering.str(subject), false));
        }
        List<Value> pairs = subject instanceof Mapping mapping
                ? MappingMethods.pairs(mapping, rendering.budget())
                : Iteration.list(subject, rendering.budget());
        List<String> parts = new ArrayList<>();
        for (Value pair : pairs) {
            List<Value> two = Iteration.list(pair, rendering.budget());
            if (two.size() != 2) {
                throw TemplateException.runtime("urlencode: expected pairs");
            }
            parts.add(quote(rendering.str(two.get(0)), true) + "=" + quote(rendering.str(two.get(1)), true));
        }
        return rendering.text(String.join("&", parts));
    }

    private static String quote(String text, boolean query) {
        StringBuilder quoted = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            boolean plain = c < 128 && (Character.isLetterOrDigit(c) || "_.-~".indexOf(c) >= 0) || c == '/' && !query;
            if (plain) {
                quoted.append(c);
            } else {
                quoted.append(c == ' ' && query ? "+" : String.format("%%%02X", (int) c));
            }
        }
        return quoted.toString();
    }

    private static Value tojson(Value subject, Arguments arguments, Rendering rendering) {
        Arguments.Bound bound = arguments.bind("tojson", "ensure_ascii", "indent", "separators", "sort_keys");
        Optional<Value> indent = bound.some("indent");
        JsonDumps.Style style = indent.isPresent() ? LINES : COMPACT;
        String item = style.itemSeparator();
        String key = style.keySeparator();
        if (bound.some("separators").isPresent()) {
            List<Value> both = Iteration.list(bound.require("separators"), rendering.budget());
            if (both.size() != 2) {
                throw TemplateException.runtime("tojson: separators must be two strings");
            }
            item = rendering.str(both.get(0));
            key = rendering.str(both.get(1));
        }
        String by = indent.isEmpty()
                ? ""
                : indent.get() instanceof StringValue text
                        ? text.value()
                        : Texts.pad("", bound.whole("indent"), " ", '<', rendering);
        JsonDumps.Style chosen = new JsonDumps.Style(bound.flag("ensure_ascii", false), bound.flag("sort_keys", false), by, item, key);
        return new StringValue(JsonDumps.of(subject, chosen, indent.isPresent(), rendering.budget()));
    }

    private static Value join(Value subject, Arguments arguments, Rendering rendering) {
        Arguments.Bound bound = arguments.bind("join", "d", "attribute");
        String separator = bound.find("d").map(rendering::str).orElse("");
        Output out = new Output(rendering.budget());
        boolean first = true;
        for (Value item : Iteration.list(subject, rendering.budget())) {
            rendering.budget().steps(1);
            Value part = bound.some("attribute").isPresent() ? Access.path(item, bound.require("attribute"), rendering) : item;
            out.append(first ? "" : separator).append(rendering.str(part));
            first = false;
        }
        return new StringValue(out.toString());
    }
}
