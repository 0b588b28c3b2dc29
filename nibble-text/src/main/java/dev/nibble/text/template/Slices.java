package dev.nibble.text.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code value[from:to:step]}, with negative indices as in Python. */
final class Slices {
    private Slices() {}

    static Value slice(Value owner, Optional<Value> from, Optional<Value> to, Optional<Value> step, RenderBudget budget) {
        if (owner instanceof Undefined undefined) {
            throw undefined.failure();
        }
        long stride = bound(step).orElse(1L);
        if (stride == 0) {
            throw TemplateException.runtime("slice step cannot be zero");
        }
        return switch (owner) {
            case StringValue text -> text(text, from, to, stride, budget);
            case Sequence sequence when !sequence.kind().isView() -> {
                List<Value> items = new ArrayList<>();
                for (int index : indices(sequence.items().size(), from, to, stride)) {
                    items.add(sequence.items().get(index));
                }
                Sequence.Kind kind = sequence.kind() == Sequence.Kind.GROUP ? Sequence.Kind.TUPLE : sequence.kind();
                yield Sequence.of(kind, items, budget);
            }
            default -> Undefined.element(owner, "slice");
        };
    }

    private static StringValue text(StringValue text, Optional<Value> from, Optional<Value> to, long stride, RenderBudget budget) {
        budget.scan(text.value().length());
        int length = text.length();
        Range range = range(length, from, to, stride);
        budget.text(range.count());
        if (stride == 1) {
            int begin = text.value().offsetByCodePoints(0, (int) range.first());
            return new StringValue(text.value().substring(begin, text.value().offsetByCodePoints(begin, range.count())));
        }
        int[] characters = text.value().codePoints().toArray();
        StringBuilder picked = new StringBuilder();
        for (int i = 0; i < range.count(); i++) {
            picked.appendCodePoint(characters[(int) (range.first() + i * stride)]);
        }
        return new StringValue(picked.toString());
    }

    private static int[] indices(int length, Optional<Value> from, Optional<Value> to, long stride) {
        Range range = range(length, from, to, stride);
        int[] indices = new int[range.count()];
        for (int i = 0; i < indices.length; i++) {
            indices[i] = (int) (range.first() + i * stride);
        }
        return indices;
    }

    /** Indices first, first + stride, …; {@code first} is within the value even if there are none. */
    private record Range(long first, int count) {}

    private static Range range(int length, Optional<Value> from, Optional<Value> to, long stride) {
        long lowest = stride > 0 ? 0 : -1;
        long highest = stride > 0 ? length : length - 1;
        long first = bound(from).map(bound -> clamp(bound, length, lowest, highest)).orElse(stride > 0 ? lowest : highest);
        long end = bound(to).map(bound -> clamp(bound, length, lowest, highest)).orElse(stride > 0 ? highest : lowest);
        long count = stride > 0 ? (end - first + stride - 1) / stride : (first - end - stride - 1) / -stride;
        return count > 0 ? new Range(first, (int) count) : new Range(0, 0);
    }

    private static long clamp(long bound, int length, long lowest, long highest) {
        return Math.clamp(bound < 0 ? bound + length : bound, lowest, highest);
    }

    private static Optional<Long> bound(Optional<Value> bound) {
        return bound.filter(value -> !(value instanceof None)).map(value -> switch (value) {
            case IntValue _,BoolValue _ -> (long) Arguments.Bound.whole("slice", value);
            case Undefined undefined -> throw undefined.failure();
            default -> throw TemplateException.runtime("slice indices must be integers or None, not " + value.typeName());
        });
    }
}
