package dev.nibble.text.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Filters over lists and dicts. */
final class SequenceFilters {
    private SequenceFilters() {}

    static void list(Map<String, Filters.Filter> all) {
        all.put("list", (subject, _, rendering) -> Sequence.list(Iteration.list(subject, rendering.budget()), rendering.budget()));
        all.put("first", (subject, _, rendering) -> {
            java.util.Iterator<Value> items = Iteration.iterate(subject, rendering.budget());
            return items.hasNext() ? items.next() : new Undefined("No first item, sequence was empty.");
        });
        all.put("last", SequenceFilters::last);
        all.put("reverse", SequenceFilters::reverse);
        all.put("default", SequenceFilters::otherwise);
        all.put("d", SequenceFilters::otherwise);
        all.put("items", SequenceFilters::items);
        all.put("dictsort", SequenceFilters::dictsort);
        all.put("sort", SequenceFilters::sort);
        all.put("unique", SequenceFilters::unique);
        all.put("min", (subject, arguments, rendering) -> extreme("min", subject, arguments, rendering));
        all.put("max", (subject, arguments, rendering) -> extreme("max", subject, arguments, rendering));
        all.put("sum", SequenceFilters::sum);
        all.put("batch", SequenceFilters::batch);
        all.put("slice", SequenceFilters::columns);
        all.put("groupby", SequenceFilters::groupby);
        all.put("attr", (subject, arguments, rendering) -> {
            String name = arguments.bind("attr", "name").text("name");
            boolean item = subject instanceof Mapping mapping && MappingMethods.find(mapping, name).isEmpty();
            return item ? Undefined.attribute(subject, name) : Access.attribute(subject, name);
        });
    }

    private static Value last(Value subject, Arguments arguments, Rendering rendering) {
        if (subject instanceof Stream) {
            throw TemplateException.runtime("'generator' object is not reversible");
        }
        List<Value> items = Iteration.list(subject, rendering.budget());
        return items.isEmpty() ? new Undefined("No last item, sequence was empty.") : items.getLast();
    }

    private static Value reverse(Value subject, Arguments arguments, Rendering rendering) {
        if (subject instanceof StringValue text) {
            StringBuilder reversed = new StringBuilder();
            int[] characters = text.value().codePoints().toArray();
            for (int i = characters.length - 1; i >= 0; i--) {
                reversed.appendCodePoint(characters[i]);
            }
            return rendering.text(reversed.toString());
        }
        List<Value> items = copy(subject, rendering);
        Collections.reverse(items);
        return new Stream(items);
    }

    private static List<Value> copy(Value subject, Rendering rendering) {
        List<Value> items = Iteration.list(subject, rendering.budget());
        rendering.budget().elements(items.size());
        return new ArrayList<>(items);
    }

    private static Value otherwise(Value subject, Arguments arguments, Rendering rendering) {
        Arguments.Bound bound = arguments.bind("default", "default_value", "boolean");
        boolean missing = subject instanceof Undefined || bound.flag("boolean", false) && !subject.truth();
        return missing ? bound.find("default_value").orElse(StringValue.EMPTY) : subject;
    }

    private static Value items(Value subject, Arguments arguments, Rendering rendering) {
        return switch (subject) {
            case Undefined _ -> new Stream(List.of());
            case Mapping mapping -> new Stream(MappingMethods.pairs(mapping, rendering.budget()));
            default -> throw TemplateException.runtime("Can only get item pairs from a mapping.");
        };
    }

    /** The value to sort by: in lower case unless case counts. */
    private static Value folded(Value value, boolean caseSensitive, Rendering rendering) {
        return value instanceof StringValue text && !caseSensitive
                ? rendering.text(text.value().toLowerCase(java.util.Locale.ROOT))
                : value;
    }

    private record Keyed(Value key, Value item) {}

    /** Items with their sort keys: an attribute, or several separated by commas. */
    private static List<Keyed> keyed(Value subject, Arguments.Bound bound, boolean caseSensitive, Rendering rendering) {
        List<Keyed> keyed = new ArrayList<>();
        List<Value> items = Iteration.list(subject, rendering.budget());
        rendering.budget().elements(items.size());
        for (Value item : items) {
            keyed.add(new Keyed(key(item, bound.some("attribute"), caseSensitive, rendering), item));
        }
        return keyed;
    }

    private static Value key(Value item, Optional<Value> attribute, boolean caseSensitive, Rendering rendering) {
        if (attribute.isEmpty()) {
            return folded(item, caseSensitive, rendering);
        }
        if (!(attribute.get() instanceof StringValue text) || text.value().indexOf(',') < 0) {
            return folded(Access.path(item, attribute.get(), rendering), caseSensitive, rendering);
        }
        List<Value> keys = new ArrayList<>();
        for (String part : text.value().split(",", -1)) {
            keys.add(folded(Access.path(item, new StringValue(part), rendering), caseSensitive, rendering));
        }
        return Sequence.list(keys, rendering.budget());
    }

    private static Value sort(Value subject, Arguments arguments, Rendering rendering) {
        Arguments.Bound bound = arguments.bind("sort", "reverse", "case_sensitive", "attribute");
        List<Keyed> keyed = keyed(subject, bound, bound.flag("case_sensitive", false), rendering);
        return Sequence.list(sorted(keyed, bound.flag("reverse", false), rendering).stream().map(Keyed::item).toList(), rendering.budget());
    }

    /** Sorts in either direction; equal ones keep their order. */
    private static List<Keyed> sorted(List<Keyed> keyed, boolean backwards, Rendering rendering) {
        List<Keyed> sorted = new ArrayList<>(keyed);
        if (backwards) {
            Collections.reverse(sorted);
        }
        Order.sort(sorted, Keyed::key, rendering.budget());
        if (backwards) {
            Collections.reverse(sorted);
        }
        return sorted;
    }

    private static Value dictsort(Value subject, Arguments arguments, Rendering rendering) {
        Arguments.Bound bound = arguments.bind("dictsort", "case_sensitive", "by", "reverse");
        if (!(subject instanceof Mapping mapping)) {
            throw subject instanceof Undefined undefined
                    ? undefined.failure()
                    : TemplateException.runtime("'" + subject.typeName() + "' object has no attribute 'items'");
        }
        int position = switch (bound.text("by", "key")) {
            case "key" -> 0;
            case "value" -> 1;
            default -> throw TemplateException.runtime("You can only sort by either \"key\" or \"value\"");
        };
        List<Keyed> keyed = new ArrayList<>();
        for (Value pair : MappingMethods.pairs(mapping, rendering.budget())) {
            Value key = ((Sequence) pair).items().get(position);
            keyed.add(new Keyed(folded(key, bound.flag("case_sensitive", false), rendering), pair));
        }
        return Sequence.list(sorted(keyed, bound.flag("reverse", false), rendering).stream().map(Keyed::item).toList(), rendering.budget());
    }

    private static Value unique(Value subject, Arguments arguments, Rendering rendering) {
        Arguments.Bound bound = arguments.bind("unique", "case_sensitive", "attribute");
        Set<Value> seen = new HashSet<>();
        List<Value> kept = new ArrayList<>();
        for (Keyed keyed : keyed(subject, bound, bound.flag("case_sensitive", false), rendering)) {
            if (seen.add(Mapping.key(keyed.key(), rendering.budget()))) {
                kept.add(keyed.item());
            }
        }
        return new Stream(kept);
    }

    private static Value extreme(String name, Value subject, Arguments arguments, Rendering rendering) {
        Arguments.Bound bound = arguments.bind(name, "case_sensitive", "attribute");
        int sign = "max".equals(name) ? -1 : 1;
        Optional<Keyed> best = Optional.empty();
        for (Keyed keyed : keyed(subject, bound, bound.flag("case_sensitive", false), rendering)) {
            if (best.isEmpty() || sign * Order.compare(keyed.key(), best.get().key(), rendering.budget()) < 0) {
                best = Optional.of(keyed);
            }
        }
        return best.map(Keyed::item).orElseGet(() -> new Undefined("No aggregated item, sequence was empty."));
    }

    private static Value sum(Value subject, Arguments arguments, Rendering rendering) {
        Arguments.Bound bound = arguments.bind("sum", "attribute", "start");
        Value sum = bound.find("start").orElse(Value.of(0));
        if (sum instanceof StringValue) {
            throw TemplateException.runtime("sum() can't sum strings [use ''.join(seq) instead]");
        }
        for (Value item : Iteration.list(subject, rendering.budget())) {
            Value part = bound.some("attribute").isPresent() ? Access.path(item, bound.require("attribute"), rendering) : item;
            sum = Operations.apply(Operator.PLUS, sum, part, rendering);
        }
        return sum;
    }

    private static Value batch(Value subject, Arguments arguments, Rendering rendering) {
        Arguments.Bound bound = arguments.bind("batch", "linecount", "fill_with");
        int size = bound.whole("linecount");
        List<Value> batches = new ArrayList<>();
        List<Value> batch = new ArrayList<>();
        for (Value item : copy(subject, rendering)) {
            if (batch.size() == size) {
                batches.add(Sequence.list(batch, rendering.budget()));
                batch = new ArrayList<>();
            }
            batch.add(item);
        }
        if (!batch.isEmpty()) {
            fill(batch, size - batch.size(), bound.some("fill_with"), rendering);
            batches.add(Sequence.list(batch, rendering.budget()));
        }
        return new Stream(batches);
    }

    private static void fill(List<Value> row, int missing, Optional<Value> with, Rendering rendering) {
        if (with.isPresent() && missing > 0) {
            rendering.budget().elements(missing);
            row.addAll(Collections.nCopies(missing, with.get()));
        }
    }

    private static Value columns(Value subject, Arguments arguments, Rendering rendering) {
        Arguments.Bound bound = arguments.bind("slice", "slices", "fill_with");
        List<Value> items = copy(subject, rendering);
        int slices = bound.whole("slices");
        if (slices == 0) {
            throw TemplateException.runtime("integer division or modulo by zero");
        }
        rendering.budget().elements(Math.max(0, slices));
        List<Value> columns = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < slices; i++) {
            int size = items.size() / slices + (i < items.size() % slices ? 1 : 0);
            List<Value> column = new ArrayList<>(items.subList(from, from + size));
            from += size;
            if (i >= items.size() % slices) {
                fill(column, 1, bound.some("fill_with"), rendering);
            }
            columns.add(Sequence.list(column, rendering.budget()));
        }
        return new Stream(columns);
    }

    private static Value groupby(Value subject, Arguments arguments, Rendering rendering) {
        Arguments.Bound bound = arguments.bind("groupby", "attribute", "default", "case_sensitive");
        boolean caseSensitive = bound.flag("case_sensitive", false);
        List<Keyed> keyed = new ArrayList<>();
        for (Value item : copy(subject, rendering)) {
            Value key = Access.path(item, bound.require("attribute"), rendering);
            Value shown = key instanceof Undefined ? bound.find("default").orElse(key) : key;
            keyed.add(new Keyed(shown, item));
        }
        Order.sort(keyed, one -> folded(one.key(), caseSensitive, rendering), rendering.budget());
        LinkedHashMap<Value, List<Value>> groups = new LinkedHashMap<>();
        LinkedHashMap<Value, Value> names = new LinkedHashMap<>();
        for (Keyed one : keyed) {
            Value key = Mapping.key(folded(one.key(), caseSensitive, rendering), rendering.budget());
            names.putIfAbsent(key, one.key());
            groups.computeIfAbsent(key, _ -> new ArrayList<>()).add(one.item());
        }
        List<Value> rows = new ArrayList<>();
        groups.forEach((key, items) -> rows.add(Sequence.of(Sequence.Kind.GROUP,
                List.of(names.get(key), Sequence.list(items, rendering.budget())), rendering.budget())));
        return Sequence.list(rows, rendering.budget());
    }
}
