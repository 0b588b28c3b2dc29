package dev.nibble.text.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;

/** The methods of a str. */
final class TextMethods {
    private interface Method {
        Value call(String text, Arguments arguments, Rendering rendering);
    }

    private static final Map<String, Method> METHODS = methods();

    private TextMethods() {}

    static Optional<Value> find(StringValue text, String name) {
        return Optional.ofNullable(METHODS.get(name)).map(method -> Function.builtIn(name, (arguments, rendering) -> {
            rendering.budget().scan(text.value().length());
            return method.call(text.value(), arguments, rendering);
        }));
    }

    private static Map<String, Method> methods() {
        Map<String, Method> methods = new java.util.HashMap<>();
        trimming(methods);
        searching(methods);
        splitting(methods);
        casing(methods);
        asking(methods);
        padding(methods);
        methods.put("replace", (text, arguments, rendering) -> {
            Arguments.Bound bound = arguments.bind("replace", "old", "new", "count");
            return Texts.replace(text, bound.text("old"), bound.text("new"), bound.whole("count", -1), rendering);
        });
        methods.put("join", (text, arguments, rendering) -> join(text, arguments.bind("join", "iterable").require("iterable"), rendering));
        methods.put("format", (text, arguments, rendering) -> rendering.text(BraceFormat.format(text, arguments, rendering)));
        return Map.copyOf(methods);
    }

    private static void trimming(Map<String, Method> methods) {
        methods.put("strip", (text, arguments, _) -> new StringValue(Texts.strip(text, characters("strip", arguments), true, true)));
        methods.put("lstrip", (text, arguments, _) -> new StringValue(Texts.strip(text, characters("lstrip", arguments), true, false)));
        methods.put("rstrip", (text, arguments, _) -> new StringValue(Texts.strip(text, characters("rstrip", arguments), false, true)));
        methods.put("removeprefix", (text, arguments, _) -> {
            String prefix = arguments.bind("removeprefix", "prefix").text("prefix");
            return new StringValue(text.startsWith(prefix) ? text.substring(prefix.length()) : text);
        });
        methods.put("removesuffix", (text, arguments, _) -> {
            String suffix = arguments.bind("removesuffix", "suffix").text("suffix");
            return new StringValue(text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text);
        });
    }

    private static Optional<String> characters(String method, Arguments arguments) {
        Arguments.Bound bound = arguments.bind(method, "chars");
        return bound.some("chars").map(_ -> bound.text("chars"));
    }

    private static void searching(Map<String, Method> methods) {
        methods.put("startswith", (text, arguments, rendering) -> affix("startswith", text, arguments, String::startsWith, rendering));
        methods.put("endswith", (text, arguments, rendering) -> affix("endswith", text, arguments, String::endsWith, rendering));
        methods.put("find", (text, arguments, _) -> Value.of(find("find", text, arguments, false)));
        methods.put("rfind", (text, arguments, _) -> Value.of(find("rfind", text, arguments, true)));
        methods.put("index", (text, arguments, _) -> found(find("index", text, arguments, false)));
        methods.put("rindex", (text, arguments, _) -> found(find("rindex", text, arguments, true)));
        methods.put("count", (text, arguments, _) -> {
            Arguments.Bound bound = arguments.bind("count", "sub", "start", "end");
            return Value.of(Texts.count(Texts.part(text, bound).text(), bound.text("sub")));
        });
    }

    private interface Affix {
        boolean test(String text, String affix);
    }

    private static Value affix(String method, String text, Arguments arguments, Affix affix, Rendering rendering) {
        Arguments.Bound bound = arguments.bind(method, method.substring(0, method.length() - 4), "start", "end");
        Value wanted = bound.require(method.substring(0, method.length() - 4));
        String part = Texts.part(text, bound).text();
        if (wanted instanceof Sequence tuple && tuple.kind().isTuple()) {
            for (Value one : tuple.items()) {
                rendering.budget().scan(part.length());
                if (one instanceof StringValue choice && affix.test(part, choice.value())) {
                    return BoolValue.TRUE;
                }
            }
            return BoolValue.FALSE;
        }
        return Value.of(affix.test(part, bound.text(method.substring(0, method.length() - 4))));
    }

    private static int find(String method, String text, Arguments arguments, boolean last) {
        Arguments.Bound bound = arguments.bind(method, "sub", "start", "end");
        Texts.Part part = Texts.part(text, bound);
        SubstringSearch needle = new SubstringSearch(bound.text("sub"));
        int at = last ? needle.lastIn(part.text(), part.text().length()) : needle.in(part.text(), 0);
        return at < 0 ? -1 : part.start() + part.text().codePointCount(0, at);
    }

    private static Value found(int index) {
        if (index < 0) {
            throw TemplateException.runtime("substring not found");
        }
        return Value.of(index);
    }

    private static void splitting(Map<String, Method> methods) {
        methods.put("split", (text, arguments, rendering) -> {
            Arguments.Bound bound = arguments.bind("split", "sep", "maxsplit");
            return Splitting.split(text, bound.some("sep").map(_ -> bound.text("sep")), bound.whole("maxsplit", -1), rendering.budget());
        });
        methods.put("rsplit", (text, arguments, rendering) -> {
            Arguments.Bound bound = arguments.bind("rsplit", "sep", "maxsplit");
            return Splitting.rsplit(text, bound.some("sep").map(_ -> bound.text("sep")), bound.whole("maxsplit", -1), rendering.budget());
        });
        methods.put("splitlines", (text, arguments, rendering) -> Splitting.lines(text,
                arguments.bind("splitlines", "keepends").flag("keepends", false), rendering.budget()));
        methods.put("partition", (text, arguments, rendering) -> {
            String separator = Splitting.separator(arguments.bind("partition", "sep").text("sep"));
            int at = new SubstringSearch(separator).in(text, 0);
            return at < 0
                    ? Splitting.three(text, "", "", rendering.budget())
                    : Splitting.three(text.substring(0, at), separator, text.substring(at + separator.length()), rendering.budget());
        });
        methods.put("rpartition", (text, arguments, rendering) -> {
            String separator = Splitting.separator(arguments.bind("rpartition", "sep").text("sep"));
            int at = new SubstringSearch(separator).lastIn(text, text.length());
            return at < 0
                    ? Splitting.three("", "", text, rendering.budget())
                    : Splitting.three(text.substring(0, at), separator, text.substring(at + separator.length()), rendering.budget());
        });
    }

    private static void casing(Map<String, Method> methods) {
        Map<String, UnaryOperator<String>> changes = Map.of("upper", text -> text.toUpperCase(Locale.ROOT), "lower",
                text -> text.toLowerCase(Locale.ROOT), "title", Texts::title, "capitalize", Texts::capitalize, "swapcase", Texts::swapCase,
                "casefold", text -> text.replace("ß", "ss").toLowerCase(Locale.ROOT));
        changes.forEach((name, change) -> methods.put(name, (text, arguments, rendering) -> {
            arguments.bind(name);
            return rendering.text(change.apply(text));
        }));
    }

    private static void asking(Map<String, Method> methods) {
        Map<String, IntPredicate> questions = Map.of("isalpha", Character::isLetter, "isdigit", Character::isDigit, "isdecimal",
                Character::isDigit, "isspace", Characters::isSpace, "isalnum", Character::isLetterOrDigit, "isnumeric", Character::isDigit);
        questions.forEach((name, question) -> methods.put(name, (text, arguments, _) -> {
            arguments.bind(name);
            return Value.of(!text.isEmpty() && text.codePoints().allMatch(question));
        }));
        methods.put("isupper", (text, _, _) -> Value.of(Texts.isCased(text, true)));
        methods.put("islower", (text, _, _) -> Value.of(Texts.isCased(text, false)));
        methods.put("istitle",
                (text, _, _) -> Value.of(Texts.isCased(text.toUpperCase(Locale.ROOT), true) && Texts.title(text).equals(text)));
        methods.put("isascii", (text, _, _) -> Value.of(text.chars().allMatch(c -> c < 128)));
    }

    private static void padding(Map<String, Method> methods) {
        methods.put("ljust", (text, arguments, rendering) -> pad("ljust", text, arguments, '<', rendering));
        methods.put("rjust", (text, arguments, rendering) -> pad("rjust", text, arguments, '>', rendering));
        methods.put("center", (text, arguments, rendering) -> pad("center", text, arguments, '^', rendering));
        methods.put("zfill", (text, arguments, rendering) -> {
            int width = arguments.bind("zfill", "width").whole("width");
            String sign = text.startsWith("-") || text.startsWith("+") ? text.substring(0, 1) : "";
            String digits = text.substring(sign.length());
            return new StringValue(sign + Texts.pad(digits, Math.max(0, width - sign.length()), "0", '>', rendering));
        });
    }

    private static Value pad(String method, String text, Arguments arguments, char side, Rendering rendering) {
        Arguments.Bound bound = arguments.bind(method, "width", "fillchar");
        String fill = bound.text("fillchar", " ");
        if (fill.codePointCount(0, fill.length()) != 1) {
            throw TemplateException.runtime("the fill character must be exactly one character long");
        }
        return new StringValue(Texts.pad(text, bound.whole("width"), fill, side, rendering));
    }

    static StringValue join(String separator, Value items, Rendering rendering) {
        Output out = new Output(rendering.budget());
        List<Value> parts = new ArrayList<>(Iteration.list(items, rendering.budget()));
        for (int i = 0; i < parts.size(); i++) {
            if (!(parts.get(i) instanceof StringValue part)) {
                throw TemplateException
                        .runtime("sequence item " + i + ": expected str instance, " + parts.get(i).typeName() + " found");
            }
            rendering.budget().steps(1);
            out.append(i > 0 ? separator : "").append(part.value());
        }
        return new StringValue(out.toString());
    }
}
