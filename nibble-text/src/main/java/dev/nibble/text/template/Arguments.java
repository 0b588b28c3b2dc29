package dev.nibble.text.template;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The arguments of a call, by position or name. */
record Arguments(List<Value> positional, Map<String, Value> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    /** Returns these arguments without the first {@code count} positional ones. */
    Arguments from(int count) {
        return new Arguments(positional.subList(Math.min(count, positional.size()), positional.size()), named);
    }

    /** Binds the arguments to a function's parameters; refuses surplus and unknown ones. */
    Bound bind(String function, String... names) {
        if (positional.size() > names.length) {
            throw TemplateException.runtime(
                    function + " takes at most " + names.length + " arguments (" + positional.size() + " given)");
        }
        Map<String, Value> bound = new LinkedHashMap<>();
        for (int i = 0; i < positional.size(); i++) {
            bound.put(names[i], positional.get(i));
        }
        List<String> known = List.of(names);
        named.forEach((name, value) -> {
            if (!known.contains(name)) {
                throw TemplateException.runtime(function + " got an unexpected keyword argument '" + name + "'");
            }
            if (bound.put(name, value) != null) {
                throw TemplateException.runtime(function + " got multiple values for argument '" + name + "'");
            }
        });
        return new Bound(function, bound);
    }

    List<Value> onlyPositional(String function) {
        if (!named.isEmpty()) {
            throw TemplateException.runtime(function + " takes no keyword arguments");
        }
        return new ArrayList<>(positional);
    }

    record Bound(String function, Map<String, Value> values) {
        Optional<Value> find(String name) {
            return Optional.ofNullable(values.get(name));
        }

        /** The argument unless it is absent or None. */
        Optional<Value> some(String name) {
            return find(name).filter(value -> !(value instanceof None));
        }

        Value require(String name) {
            return find(name).orElseThrow(
                    () -> TemplateException.runtime(function + " missing required argument '" + name + "'"));
        }

        boolean flag(String name, boolean otherwise) {
            return find(name).map(Value::truth).orElse(otherwise);
        }

        String text(String name) {
            return Bound.text(function, require(name));
        }

        String text(String name, String otherwise) {
            return some(name).map(value -> Bound.text(function, value)).orElse(otherwise);
        }

        int whole(String name) {
            return Bound.whole(function, require(name));
        }

        int whole(String name, int otherwise) {
            return some(name).map(value -> Bound.whole(function, value)).orElse(otherwise);
        }

        private static String text(String function, Value value) {
            return switch (value) {
                case StringValue text -> text.value();
                case Undefined undefined -> throw undefined.failure();
                default -> throw TemplateException.runtime(function + " argument must be str, not " + value.typeName());
            };
        }

        /** Returns the argument as an index or count, clamped to the range of an int as for slices. */
        static int whole(String function, Value value) {
            BigInteger number = switch (value) {
                case IntValue whole -> whole.value();
                case BoolValue truth -> Numbers.asWhole(truth);
                case Undefined undefined -> throw undefined.failure();
                default -> throw TemplateException
                        .runtime(function + ": '" + value.typeName() + "' object cannot be interpreted as an integer");
            };
            return number.bitLength() < Integer.SIZE
                    ? number.intValue()
                    : number.signum() < 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE;
        }
    }
}
