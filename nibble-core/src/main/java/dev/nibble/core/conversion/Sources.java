package dev.nibble.core.conversion;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.model.mapping.RowOrder;
import dev.nibble.core.model.mapping.TensorMapping;
import dev.nibble.core.model.mapping.TensorRule;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.error.UnsupportedException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** Makes the source of each target tensor from its rule and the stored tensors. */
final class Sources {
    private static final Codec F32 = Plain.F32;

    private Sources() {}

    /** The GGUF tensor of a rule. @param stored the rule's sources, in its order */
    static TensorSource toGguf(TensorRule rule, List<Tensor> stored) {
        boolean floats = GgufConversion.alwaysF32(rule.gguf(), rule.shape());
        return switch (rule.mapping()) {
            case TensorMapping.Same same -> copy(rule.gguf(), stored.getFirst(), floats);
            case TensorMapping.Rows rows -> reordered(rule.gguf(), stored.getFirst(), rows.order(), floats);
            case TensorMapping.Transposed transposed -> new TransposedSource(rule.gguf(), stored.getFirst());
            case TensorMapping.Plus plus -> new OffsetSource(rule.gguf(), stored.getFirst(), plus.addend());
            case TensorMapping.Stacked stacked -> stacked(rule, stored, floats);
            case TensorMapping.Alternate alternate -> new AlternateSource(new TensorInfo(rule.gguf(), F32, rule.shape()), stored.getFirst(),
                    alternate.first());
            case TensorMapping.AlternateColumns columns -> new AlternateColumnsSource(new TensorInfo(rule.gguf(), F32, rule.shape()),
                    stored.getFirst(), columns.first(), columns.step());
            case TensorMapping.Computed computed -> new ComputedSource(new TensorInfo(rule.gguf(), F32, rule.shape()), computed.numbers());
        };
    }

    /** The Hugging Face tensor that is source number {@code i} of a rule, from the rule's GGUF tensor. */
    static TensorSource fromGguf(TensorRule rule, int i, Tensor stored) {
        String name = rule.sources().get(i);
        return switch (rule.mapping()) {
            case TensorMapping.Same same -> copy(name, stored, false);
            case TensorMapping.Rows rows -> reordered(name, stored, rows.order().inverse(), false);
            case TensorMapping.Transposed transposed -> new TransposedSource(name, stored);
            case TensorMapping.Plus plus -> new OffsetSource(name, stored, -plus.addend());
            case TensorMapping.Stacked stacked -> copy(name, part(rule, stored, i), false);
            case TensorMapping.Alternate alternate -> throw oneWay(rule);
            case TensorMapping.AlternateColumns columns -> throw oneWay(rule);
            case TensorMapping.Computed computed -> throw new IllegalArgumentException(rule.gguf() + " is not made from a tensor");
        };
    }

    private static UnsupportedException oneWay(TensorRule rule) {
        return new UnsupportedException(rule.gguf() + ": the experts of this family are not written as unquantized safetensors");
    }

    /** The same source, reporting truncation of {@code file} as an error. */
    static TensorSource guarded(TensorSource source, Path file) {
        return new GuardedSource(source, file);
    }

    private static Tensor part(TensorRule rule, Tensor stored, long i) {
        long bytes = stored.data().byteSize() / rule.sources().size();
        return new Tensor(stored.codec(), rule.sourceShape(), stored.data().asSlice(i * bytes, bytes));
    }

    private static TensorSource stacked(TensorRule rule, List<Tensor> stored, boolean floats) {
        boolean alike = stored.stream().map(Tensor::codec).distinct().count() == 1;
        Codec codec = alike && !floats ? stored.getFirst().codec() : F32;
        return new StackedSource(new TensorInfo(rule.gguf(), codec, rule.shape()), List.copyOf(stored));
    }

    /** The tensor under another name. @param floats whether it must be F32 in the target */
    static TensorSource copy(String name, Tensor stored, boolean floats) {
        return floats && !stored.codec().equals(F32) ? new OffsetSource(name, stored, 0) : new CopiedSource(name, stored);
    }

    private static TensorSource reordered(String name, Tensor stored, RowOrder order, boolean floats) {
        if (stored.shape().rank() == 1) {
            return new ReorderedVectorSource(new TensorInfo(name, F32, stored.shape()), stored, order);
        }
        return new ReorderedRowsSource(name, stored, order, floats);
    }

    /** Checks the arguments of a read. */
    static void check(TensorInfo info, long firstRow, int rows, float[] target, int from) {
        Objects.checkFromIndexSize(firstRow, rows, info.shape().rows());
        Objects.checkFromIndexSize(from, Math.multiplyExact(rows, Math.toIntExact(info.shape().columns())), target.length);
    }
}
