package dev.nibble.core.conversion;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.layout.QuantizedCheckpoint;
import dev.nibble.core.model.mapping.TensorMapping;
import dev.nibble.core.model.mapping.TensorRule;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;

/**
 * A target tensor made from quantized weights, which are repacked on request. Rows keep their codec in any order; anything that cannot is
 * read as floats.
 *
 * @param parts quantized weights, concatenated by rows
 * @param each  shape of each of them in the model; the stored one may be larger
 * @param order source row of each row
 */
record QuantizedSource(TensorInfo info, QuantizedCheckpoint file, List<String> parts, Shape each, LongUnaryOperator order)
        implements
            TensorSource {
    /** A quantized weight is outputs × inputs, even if the unquantized one is stored transposed. */
    static Shape shape(TensorRule rule) {
        return rule.mapping() instanceof TensorMapping.Transposed ? rule.shape() : rule.sourceShape();
    }

    /** @param stored names of the rule's sources in the checkpoint */
    static TensorSource of(TensorRule rule, QuantizedCheckpoint file, List<String> stored) {
        boolean alike = stored.stream().map(name -> file.info(name).codec()).distinct().count() == 1;
        boolean separate = stored.size() > 1 && stored.stream().anyMatch(file::isTransformed);
        boolean floats = !alike || separate || GgufConversion.alwaysF32(rule.gguf(), rule.shape());
        Codec codec = floats ? Plain.F32 : file.info(stored.getFirst()).codec();
        LongUnaryOperator order = switch (rule.mapping()) {
            case TensorMapping.Same same -> LongUnaryOperator.identity();
            case TensorMapping.Stacked stacked -> LongUnaryOperator.identity();
            case TensorMapping.Rows rows -> rows.order().source();
            case TensorMapping.Transposed transposed -> LongUnaryOperator.identity(); // quantized weights are never transposed
            case TensorMapping.Alternate alternate -> row -> 2 * row + alternate.first();
            case TensorMapping.AlternateColumns columns -> throw unsupported(rule);
            case TensorMapping.Plus plus -> throw unsupported(rule);
            case TensorMapping.Computed computed -> throw unsupported(rule);
        };
        return new QuantizedSource(new TensorInfo(rule.gguf(), codec, rule.shape()), file, List.copyOf(stored), shape(rule), order);
    }

    private static UnsupportedException unsupported(TensorRule rule) {
        return new UnsupportedException("tensor " + String.join(", ", rule.sources())
                + ": quantized, and Nibble cannot convert it into " + rule.gguf() + " without decoding");
    }

    private Weight part(long row) {
        Weight weight = file.weight(parts.get(Math.toIntExact(row / each.rows())));
        Weight rows = weight.rows() == each.rows() ? weight : weight.rows(0, each.rows());
        return rows.columns(each.columns());
    }

    @Override
    public void read(long firstRow, int rows, float[] target, int from) {
        Objects.checkFromIndexSize(firstRow, rows, info.shape().rows());
        int columns = Math.toIntExact(info.shape().columns());
        Objects.checkFromIndexSize(from, Math.multiplyExact(rows, columns), target.length);
        for (int i = 0, run; i < rows; i += run) {
            long first = order.applyAsLong(firstRow + i);
            run = 1;
            while (i + run < rows && order.applyAsLong(firstRow + i + run) / each.rows() == first / each.rows()) {
                run++;
            }
            long[] wanted = LongStream.range(firstRow + i, firstRow + i + run).map(order).map(row -> row % each.rows()).toArray();
            part(first).read(wanted, target, from + i * columns);
        }
    }

    @Override
    public Optional<MemorySegment> rawRow(long row) {
        Objects.checkIndex(row, info.shape().rows());
        long stored = order.applyAsLong(row);
        Weight part = part(stored);
        Tensor values = part.values();
        return part.outputTransforms().isEmpty() && values.codec().equals(info.codec())
                ? Optional.of(values.data().asSlice(stored % each.rows() * values.rowBytes(), values.rowBytes()))
                : Optional.empty();
    }

    @Override
    public List<Transform> inputTransforms() {
        return kept() && file.isTransformed(parts.getFirst()) ? part(0).inputTransforms() : List.of();
    }

    private boolean kept() {
        return info.codec().equals(file.info(parts.getFirst()).codec());
    }

    @Override
    public Optional<Weight> whole() {
        if (!kept() || !file.isTransformed(parts.getFirst()) || part(0).outputTransforms().isEmpty()) {
            return Optional.empty();
        }
        int[] rows = LongStream.range(0, info.shape().rows()).map(order).mapToInt(Math::toIntExact).toArray();
        return Optional.of(part(0).rows(rows));
    }

    @Override
    public ActivationQuantization inputQuantization() {
        ActivationQuantization first = kept() ? part(0).inputQuantization() : ActivationQuantization.NONE;
        boolean same = !(first instanceof ActivationQuantization.PerTensor)
                || parts.stream().allMatch(part -> file.weight(part).inputQuantization().equals(first));
        return same ? first : ActivationQuantization.NONE;
    }
}
