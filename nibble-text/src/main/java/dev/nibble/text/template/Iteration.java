package dev.nibble.text.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Iteration over values, as by Python's {@code for}. */
final class Iteration {
    private Iteration() {}

    static boolean isIterable(Value value) {
        return switch (value) {
            case StringValue _,Undefined _,Sequence _,Mapping _,Stream _,Loop _ -> true;
            case IntValue _,FloatValue _,BoolValue _,None _,Namespace _,Cycler _,Function _ -> false;
        };
    }

    static int length(Value value) {
        return switch (value) {
            case StringValue text -> text.length();
            case Sequence sequence -> sequence.items().size();
            case Mapping mapping -> mapping.entries().size();
            case Undefined _ -> 0;
            case Loop loop -> loop.length();
            default -> throw TemplateException.runtime("object of type '" + value.typeName() + "' has no len()");
        };
    }

    static Iterator<Value> iterate(Value value, RenderBudget budget) {
        return value instanceof Stream stream ? stream.items() : list(value, budget).iterator();
    }

    /** All values; those of a stream are used up. */
    static List<Value> list(Value value, RenderBudget budget) {
        return switch (value) {
            case StringValue text -> characters(text, budget);
            case Undefined _ -> List.of();
            case Sequence sequence -> sequence.items();
            case Mapping mapping -> keys(mapping, budget);
            case Stream stream -> {
                List<Value> rest = new ArrayList<>();
                stream.items().forEachRemaining(rest::add);
                yield rest;
            }
            default -> throw TemplateException.runtime("'" + value.typeName() + "' object is not iterable");
        };
    }

    static List<Value> keys(Mapping mapping, RenderBudget budget) {
        budget.elements(mapping.entries().size());
        return new ArrayList<>(mapping.entries().keySet());
    }

    private static List<Value> characters(StringValue text, RenderBudget budget) {
        budget.elements(text.length());
        List<Value> characters = new ArrayList<>();
        text.value().codePoints().forEach(c -> characters.add(new StringValue(Character.toString(c))));
        return characters;
    }
}
