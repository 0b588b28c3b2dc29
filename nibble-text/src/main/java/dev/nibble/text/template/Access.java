package dev.nibble.text.template;

import java.math.BigInteger;
import java.util.Optional;

/** {@code owner.name}, which looks for methods first, and {@code owner[index]}, which looks for items first. */
final class Access {
    private Access() {}

    static Value attribute(Value owner, String name) {
        if (owner instanceof Undefined undefined) {
            throw undefined.failure();
        }
        return member(owner, name)
                .or(() -> owner instanceof Mapping mapping
                        ? Optional.ofNullable(mapping.entries().get(new StringValue(name)))
                        : Optional.empty())
                .orElseGet(() -> missing(owner, name));
    }

    static Value item(Value owner, Value index, Rendering rendering) {
        if (owner instanceof Undefined undefined) {
            throw undefined.failure();
        }
        Optional<Value> found = switch (owner) {
            case Mapping mapping -> Mapping.isKey(index)
                    ? Optional.ofNullable(mapping.entries().get(Mapping.key(index, rendering.budget())))
                    : Optional.empty();
            case Sequence sequence when !sequence.kind().isView() -> position(sequence.items().size(), index).map(sequence.items()::get);
            case StringValue text -> character(text, index, rendering.budget());
            default -> Optional.empty();
        };
        if (found.isEmpty() && index instanceof StringValue name) {
            return member(owner, name.value()).orElseGet(() -> missing(owner, name.value()));
        }
        return found.orElseGet(() -> Undefined.element(owner, PythonText.repr(index, rendering.budget())));
    }

    /** An attribute in the sense of {@code map(attribute=…)}: a path of names and numbers separated by dots. */
    static Value path(Value owner, Value path, Rendering rendering) {
        if (!(path instanceof StringValue text)) {
            return item(owner, path, rendering);
        }
        Value value = owner;
        for (String part : text.value().split("\\.", -1)) {
            boolean number = !part.isEmpty() && part.length() < 10 && part.chars().allMatch(c -> c >= '0' && c <= '9');
            value = item(value, number ? Value.of(Integer.parseInt(part)) : new StringValue(part), rendering);
        }
        return value;
    }

    /** Looks up an attribute as Python's {@code getattr} does; names that begin with an underscore are never found. */
    private static Optional<Value> member(Value owner, String name) {
        if (name.startsWith("_")) {
            return Optional.empty();
        }
        return switch (owner) {
            case StringValue text -> TextMethods.find(text, name);
            case Mapping mapping -> MappingMethods.find(mapping, name);
            case Sequence sequence -> SequenceMethods.find(sequence, name);
            case Namespace namespace -> Optional.ofNullable(namespace.attributes().get(name));
            case Loop loop -> Optional.of(loop.attribute(name));
            case Cycler cycler -> cycler(cycler, name);
            case Function function -> "name".equals(name) && "Macro".equals(function.typeName())
                    ? Optional.of(new StringValue(function.name()))
                    : Optional.empty();
            case Undefined undefined -> throw undefined.failure();
            case IntValue _,FloatValue _,BoolValue _,None _,Stream _ -> Optional.empty();
        };
    }

    private static Optional<Value> cycler(Cycler cycler, String name) {
        return switch (name) {
            case "current" -> Optional.of(cycler.current());
            case "next" -> Optional.of(Function.builtIn(name, (_, _) -> cycler.next()));
            case "reset" -> Optional.of(Function.builtIn(name, (_, _) -> {
                cycler.reset();
                return None.NONE;
            }));
            default -> Optional.empty();
        };
    }

    private static Value missing(Value owner, String name) {
        boolean unsafe = name.startsWith("_") || owner instanceof Mapping && MappingMethods.CHANGING.contains(name)
                || owner instanceof Sequence && SequenceMethods.CHANGING.contains(name);
        return unsafe
                ? new Undefined(
                        "access to attribute '" + name + "' of '" + owner.typeName() + "' object is unsafe: templates cannot change "
                                + "values other than namespaces")
                : Undefined.attribute(owner, name);
    }

    private static Optional<Integer> position(int size, Value index) {
        if (!(index instanceof IntValue || index instanceof BoolValue)) {
            return Optional.empty();
        }
        BigInteger number = Numbers.asWhole(index);
        BigInteger position = number.signum() < 0 ? number.add(BigInteger.valueOf(size)) : number;
        boolean inside = position.signum() >= 0 && position.compareTo(BigInteger.valueOf(size)) < 0;
        return inside ? Optional.of(position.intValue()) : Optional.empty();
    }

    private static Optional<Value> character(StringValue text, Value index, RenderBudget budget) {
        budget.scan(text.value().length());
        return position(text.length(), index).map(position -> {
            int at = text.value().offsetByCodePoints(0, position);
            return new StringValue(Character.toString(text.value().codePointAt(at)));
        });
    }
}
