package dev.nibble.core.conversion;

import dev.nibble.core.UnsupportedException;
import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.model.Mapping;
import dev.nibble.core.model.RowOrder;
import dev.nibble.core.model.TensorRule;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.InputRounding;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** The tensors of a target, made of the tensors of a source. */
final class Sources {
    private static final Codec F32 = Plain.F32;

    private Sources() {}

    /** The GGUF tensor of a rule. @param stored the rule's sources, in its order */
    static TensorSource toGguf(TensorRule rule, List<Tensor> stored) {
        boolean floats = GgufConversion.alwaysF32(rule.gguf(), rule.shape());
        return switch (rule.mapping()) {
            case Mapping.Same same -> copy(rule.gguf(), stored.getFirst(), floats);
            case Mapping.Rows rows -> reordered(rule.gguf(), stored.getFirst(), rows.order(), floats);
            case Mapping.Transposed transposed -> new Transposed(rule.gguf(), stored.getFirst());
            case Mapping.Plus plus -> new Sum(rule.gguf(), stored.getFirst(), plus.addend());
            case Mapping.Stacked stacked -> stacked(rule, stored, floats);
            case Mapping.Alternate alternate -> new Alternate(new TensorInfo(rule.gguf(), F32, rule.shape()), stored.getFirst(),
                    alternate.first());
            case Mapping.AlternateColumns columns -> new AlternateColumns(new TensorInfo(rule.gguf(), F32, rule.shape()), stored.getFirst(),
                    columns.first(), columns.step());
            case Mapping.Computed computed -> new Numbers(new TensorInfo(rule.gguf(), F32, rule.shape()), computed.numbers());
        };
    }

    /** The Hugging Face tensor that is source number {@code i} of a rule, from the rule's GGUF tensor. */
    static TensorSource fromGguf(TensorRule rule, int i, Tensor stored) {
        String name = rule.sources().get(i);
        return switch (rule.mapping()) {
            case Mapping.Same same -> copy(name, stored, false);
            case Mapping.Rows rows -> reordered(name, stored, rows.order().inverse(), false);
            case Mapping.Transposed transposed -> new Transposed(name, stored);
            case Mapping.Plus plus -> new Sum(name, stored, -plus.addend());
            case Mapping.Stacked stacked -> copy(name, part(rule, stored, i), false);
            case Mapping.Alternate alternate -> throw oneWay(rule);
            case Mapping.AlternateColumns columns -> throw oneWay(rule);
            case Mapping.Computed computed -> throw new IllegalArgumentException(rule.gguf() + " comes from no tensor");
        };
    }

    private static UnsupportedException oneWay(TensorRule rule) {
        return new UnsupportedException(rule.gguf() + ": the experts of this family are not written as plain safetensors");
    }

    /** The same source, whose reading survives it if {@code file} is cut off meanwhile. */
    static TensorSource guarded(TensorSource source, Path file) {
        return new Guarded(source, file);
    }

    private record Guarded(TensorSource source, Path file) implements TensorSource {
        @Override
        public TensorInfo info() {
            return source.info();
        }

        @Override
        public void read(long firstRow, int rows, float[] target, int from) {
            Checkpoint.guarded(file, () -> {
                source.read(firstRow, rows, target, from);
                return target;
            });
        }

        @Override
        public List<Transform> inputTransforms() {
            return source.inputTransforms();
        }

        @Override
        public Optional<Weight> whole() {
            return Checkpoint.guarded(file, source::whole);
        }

        @Override
        public InputRounding inputRounding() {
            return source.inputRounding();
        }

        @Override
        public Optional<Tensor> raw() {
            return source.raw();
        }

        @Override
        public Optional<MemorySegment> rawRow(long row) {
            return source.rawRow(row);
        }
    }

    private static Tensor part(TensorRule rule, Tensor stored, long i) {
        long bytes = stored.data().byteSize() / rule.sources().size();
        return new Tensor(stored.codec(), rule.sourceShape(), stored.data().asSlice(i * bytes, bytes));
    }

    private static TensorSource stacked(TensorRule rule, List<Tensor> stored, boolean floats) {
        boolean alike = stored.stream().map(Tensor::codec).distinct().count() == 1;
        Codec codec = alike && !floats ? stored.getFirst().codec() : F32;
        return new Stacked(new TensorInfo(rule.gguf(), codec, rule.shape()), List.copyOf(stored));
    }

    /** The same tensor under a name. @param floats whether it must be F32 in the target */
    static TensorSource copy(String name, Tensor stored, boolean floats) {
        return floats && !stored.codec().equals(F32) ? new Sum(name, stored, 0) : new Copy(name, stored);
    }

    private static TensorSource reordered(String name, Tensor stored, RowOrder order, boolean floats) {
        if (stored.shape().rank() == 1) {
            return new ReorderedVector(new TensorInfo(name, F32, stored.shape()), stored, order);
        }
        return new ReorderedRows(name, stored, order, floats);
    }

    private static void check(TensorInfo info, long firstRow, int rows, float[] target, int from) {
        Objects.checkFromIndexSize(firstRow, rows, info.shape().rows());
        Objects.checkFromIndexSize(from, Math.multiplyExact(rows, Math.toIntExact(info.shape().columns())), target.length);
    }

    private record Copy(TensorInfo info, Tensor stored) implements TensorSource {
        Copy(String name, Tensor stored) {
            this(new TensorInfo(name, stored.codec(), stored.shape()), stored);
        }

        @Override
        public void read(long firstRow, int rows, float[] target, int from) {
            check(info, firstRow, rows, target, from);
            int columns = (int) stored.columns();
            for (int row = 0; row < rows; row++) {
                stored.decode(firstRow + row, 0, target, from + row * columns, columns);
            }
        }

        @Override
        public Optional<Tensor> raw() {
            return Optional.of(stored);
        }

        @Override
        public Optional<MemorySegment> rawRow(long row) {
            return Optional.of(stored.data().asSlice(row * stored.rowBytes(), stored.rowBytes()));
        }
    }

    private record ReorderedRows(TensorInfo info, Tensor stored, RowOrder order, boolean copies) implements TensorSource {
        ReorderedRows(String name, Tensor stored, RowOrder order, boolean floats) {
            this(new TensorInfo(name, floats ? F32 : stored.codec(), stored.shape()), stored, order, !floats || stored.codec().equals(F32));
        }

        @Override
        public void read(long firstRow, int rows, float[] target, int from) {
            check(info, firstRow, rows, target, from);
            int columns = (int) stored.columns();
            for (int row = 0; row < rows; row++) {
                stored.decode(order.source().applyAsLong(firstRow + row), 0, target, from + row * columns, columns);
            }
        }

        @Override
        public Optional<MemorySegment> rawRow(long row) {
            Objects.checkIndex(row, stored.rows());
            return copies
                    ? Optional.of(stored.data().asSlice(order.source().applyAsLong(row) * stored.rowBytes(), stored.rowBytes()))
                    : Optional.empty();
        }
    }

    /** A bias whose layer's outputs come in another order. */
    private record ReorderedVector(TensorInfo info, Tensor stored, RowOrder order) implements TensorSource {
        @Override
        public void read(long firstRow, int rows, float[] target, int from) {
            check(info, firstRow, rows, target, from);
            if (rows == 0) {
                return;
            }
            int count = (int) stored.columns();
            float[] numbers = new float[count];
            stored.decode(0, 0, numbers, 0, count);
            for (int i = 0; i < count; i++) {
                target[from + i] = numbers[(int) order.source().applyAsLong(i)];
            }
        }
    }

    /** Columns for rows. Many rows at once are cheapest: every call passes over all rows of the source. */
    private record Transposed(TensorInfo info, Tensor stored) implements TensorSource {
        Transposed(String name, Tensor stored) {
            this(new TensorInfo(name, F32, Shape.of(stored.columns(), stored.rows())), stored);
        }

        @Override
        public void read(long firstRow, int rows, float[] target, int from) {
            check(info, firstRow, rows, target, from);
            int block = stored.codec().blockSize();
            long firstColumn = firstRow / block * block;
            int skipped = (int) (firstRow - firstColumn);
            int count = Math.ceilDiv(skipped + rows, block) * block;
            float[] part = new float[count];
            int columns = (int) stored.rows();
            for (int column = 0; column < columns; column++) {
                stored.decode(column, firstColumn, part, 0, count);
                for (int row = 0; row < rows; row++) {
                    target[from + row * columns + column] = part[skipped + row];
                }
            }
        }
    }

    /** The tensor with something added to every number, as F32. */
    private record Sum(TensorInfo info, Tensor stored, float addend) implements TensorSource {
        Sum(String name, Tensor stored, float addend) {
            this(new TensorInfo(name, F32, stored.shape()), stored, addend);
        }

        @Override
        public void read(long firstRow, int rows, float[] target, int from) {
            check(info, firstRow, rows, target, from);
            int columns = (int) stored.columns();
            for (int row = 0; row < rows; row++) {
                stored.decode(firstRow + row, 0, target, from + row * columns, columns);
            }
            if (addend != 0) { // adding 0 would make +0 of −0
                for (int i = from; i < from + rows * columns; i++) {
                    target[i] += addend;
                }
            }
        }
    }

    private record Stacked(TensorInfo info, List<Tensor> parts) implements TensorSource {
        @Override
        public void read(long firstRow, int rows, float[] target, int from) {
            check(info, firstRow, rows, target, from);
            int columns = (int) info.shape().columns();
            for (int row = 0; row < rows; row++) {
                part(firstRow + row).decode((firstRow + row) % each(), 0, target, from + row * columns, columns);
            }
        }

        private long each() {
            return parts.getFirst().rows();
        }

        private Tensor part(long row) {
            return parts.get(Math.toIntExact(row / each()));
        }

        @Override
        public Optional<MemorySegment> rawRow(long row) {
            Tensor part = part(Objects.checkIndex(row, info.shape().rows()));
            return part.codec().equals(info.codec())
                    ? Optional.of(part.data().asSlice(row % each() * part.rowBytes(), part.rowBytes()))
                    : Optional.empty();
        }
    }

    /** Every second one of what an expert has under an index of dimension 1: a row, or a number. */
    private record Alternate(TensorInfo info, Tensor stored, int first) implements TensorSource {
        @Override
        public void read(long firstRow, int rows, float[] target, int from) {
            check(info, firstRow, rows, target, from);
            int columns = (int) info.shape().columns();
            boolean vectors = info.shape().rank() > 2;
            float[] both = new float[vectors ? 0 : 2 * columns];
            for (int row = 0; row < rows; row++) {
                if (vectors) {
                    stored.decode(2 * (firstRow + row) + first, 0, target, from + row * columns, columns);
                } else {
                    stored.decode(firstRow + row, 0, both, 0, both.length);
                    for (int i = 0; i < columns; i++) {
                        target[from + row * columns + i] = both[2 * i + first];
                    }
                }
            }
        }
    }

    /** Columns for rows in each expert. Many rows at once are cheapest: every call passes over all rows of their experts. */
    private record AlternateColumns(TensorInfo info, Tensor stored, int first, int step) implements TensorSource {
        @Override
        public void read(long firstRow, int rows, float[] target, int from) {
            check(info, firstRow, rows, target, from);
            int inputs = (int) info.shape().columns();
            long outputs = info.shape().dimension(1);
            float[] row = new float[(int) stored.columns()];
            for (int i = 0, count; i < rows; i += count) {
                long expert = (firstRow + i) / outputs;
                int output = (int) ((firstRow + i) % outputs);
                count = (int) Math.min(rows - i, outputs - output);
                for (int input = 0; input < inputs; input++) {
                    stored.decode(expert * inputs + input, 0, row, 0, row.length);
                    for (int k = 0; k < count; k++) {
                        target[from + (i + k) * inputs + input] = row[first + step * (output + k)];
                    }
                }
            }
        }
    }

    private record Numbers(TensorInfo info, List<Float> numbers) implements TensorSource {
        @Override
        public void read(long firstRow, int rows, float[] target, int from) {
            check(info, firstRow, rows, target, from);
            for (int i = 0; i < rows * numbers.size(); i++) {
                target[from + i] = numbers.get(i);
            }
        }
    }
}
