package dev.nibble.text.template;

import java.math.BigInteger;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The global functions of all templates. */
final class Globals {
    private Globals() {}

    static Map<String, Value> all() {
        Map<String, Value> all = new LinkedHashMap<>();
        put(all, "range", Globals::range);
        put(all, "dict", Globals::dict);
        put(all, "namespace", Globals::namespace);
        put(all, "raise_exception", (arguments, rendering) -> {
            throw TemplateException.raised(rendering.str(arguments.bind("raise_exception", "message").require("message")));
        });
        put(all, "strftime_now", (arguments, rendering) -> {
            String format = arguments.bind("strftime_now", "format").text("format");
            return rendering.text(DateFormat.format(format, ZonedDateTime.now(rendering.clock()), rendering.budget()));
        });
        put(all, "cycler", (arguments, _) -> {
            List<Value> items = arguments.onlyPositional("cycler");
            if (items.isEmpty()) {
                throw TemplateException.runtime("at least one item has to be provided");
            }
            return new Cycler(items);
        });
        put(all, "joiner", (arguments, _) -> joiner(arguments.bind("joiner", "sep").text("sep", ", ")));
        return all;
    }

    private static void put(Map<String, Value> all, String name, Function.Body body) {
        all.put(name, Function.builtIn(name, body));
    }

    private static Value joiner(String separator) {
        Cycler state = new Cycler(List.of(StringValue.EMPTY, new StringValue(separator)));
        return Function.builtIn("joiner", (_, _) -> state.current().truth() ? state.current() : state.next());
    }

    private static Value range(Arguments arguments, Rendering rendering) {
        List<Value> bounds = arguments.onlyPositional("range");
        if (bounds.isEmpty() || bounds.size() > 3) {
            throw TemplateException.runtime("range expected 1 to 3 arguments, got " + bounds.size());
        }
        BigInteger from = bounds.size() == 1 ? BigInteger.ZERO : whole(bounds.get(0));
        BigInteger to = whole(bounds.get(bounds.size() == 1 ? 0 : 1));
        BigInteger step = bounds.size() < 3 ? BigInteger.ONE : whole(bounds.get(2));
        if (step.signum() == 0) {
            throw TemplateException.runtime("range() arg 3 must not be zero");
        }
        BigInteger span = to.subtract(from).multiply(BigInteger.valueOf(step.signum()));
        BigInteger count = span.add(step.abs()).subtract(BigInteger.ONE).divide(step.abs());
        if (count.compareTo(BigInteger.valueOf(RenderLimits.RANGE)) > 0) {
            throw TemplateException.budget("a range of " + count + " numbers, the limit is " + RenderLimits.RANGE);
        }
        rendering.budget().elements(Math.max(0, count.intValue()));
        List<Value> numbers = new ArrayList<>();
        for (int i = 0; i < count.intValue(); i++) {
            numbers.add(new IntValue(from.add(step.multiply(BigInteger.valueOf(i)))));
        }
        return Sequence.of(Sequence.Kind.RANGE, numbers, rendering.budget());
    }

    private static BigInteger whole(Value value) {
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (!(value instanceof IntValue || value instanceof BoolValue)) {
            throw TemplateException.runtime("'" + value.typeName() + "' object cannot be interpreted as an integer");
        }
        return Numbers.asWhole(value);
    }

    /** The entries of {@code dict(pairs or dict, name=value …)}. */
    private static Map<Value, Value> entries(String function, Arguments arguments, Rendering rendering) {
        if (arguments.positional().size() > 1) {
            throw TemplateException.runtime(function + " expected at most 1 argument, got " + arguments.positional().size());
        }
        Map<Value, Value> entries = new LinkedHashMap<>();
        for (Value given : arguments.positional()) {
            if (given instanceof Mapping mapping) {
                rendering.budget().elements(mapping.entries().size());
                entries.putAll(mapping.entries());
                continue;
            }
            for (Value pair : Iteration.list(given, rendering.budget())) {
                List<Value> two = Iteration.list(pair, rendering.budget());
                if (two.size() != 2) {
                    throw TemplateException.runtime("dictionary update sequence element has length " + two.size() + "; 2 is required");
                }
                entries.put(Mapping.key(two.get(0), rendering.budget()), two.get(1));
            }
        }
        arguments.named().forEach((name, value) -> entries.put(new StringValue(name), value));
        return entries;
    }

    private static Value dict(Arguments arguments, Rendering rendering) {
        return Mapping.of(entries("dict", arguments, rendering), rendering.budget());
    }

    private static Value namespace(Arguments arguments, Rendering rendering) {
        Namespace namespace = new Namespace();
        entries("namespace", arguments, rendering).forEach((name, value) -> namespace.attributes().put(rendering.str(name), value));
        return namespace;
    }
}
