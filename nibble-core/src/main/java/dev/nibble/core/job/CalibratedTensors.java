package dev.nibble.core.job;

import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Stage;
import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.core.plan.PlannedTensor;
import dev.nibble.core.plan.TensorRole;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongUnaryOperator;

/** Tensors of a plan quantized with calibration data, one after the other, each by all workers. */
final class CalibratedTensors {
    private final LayerQuantizer layers;
    private final boolean tied;

    /** @param tied whether the embedding is also the output matrix and so has inputs */
    CalibratedTensors(LayerQuantizer layers, boolean tied) {
        this.layers = layers;
        this.tied = tied;
    }

    /** Whether this tensor is quantized with calibration data; an embedding that is only lookedUp up has no inputs. */
    boolean has(PlannedTensor tensor) {
        boolean lookedUp = TensorRole.of(tensor.source().name()) == TensorRole.TOKEN_EMBEDDING && !tied;
        return !tensor.isCopy() && tensor.target().blockSize() > 1 && TensorName.isWeight(tensor.source().name())
                && !(lookedUp && layers.needsInputs(layer(tensor)));
    }

    /** @throws UnsupportedException if the algorithm does not support some tensor's type */
    void check(List<PlannedTensor> plan) {
        for (PlannedTensor tensor : plan) {
            String unsupportedReason = has(tensor) ? layers.unsupportedReason(layer(tensor), tensor.target()) : "";
            if (!unsupportedReason.isEmpty()) {
                throw new UnsupportedException(
                        "tensor " + tensor.source().name() + " as " + tensor.target().name() + ": " + unsupportedReason);
            }
        }
    }

    /** Working memory of the largest layer, in bytes. */
    long workingBytes(List<PlannedTensor> plan) {
        return plan.stream().filter(this::has).mapToLong(tensor -> LayerQuantizer.workingBytes(rows(tensor.source().shape()),
                tensor.source().shape().columns(), layers.needsInputs(layer(tensor)))).max().orElse(0);
    }

    /** Rows of a matrix, or of one expert. */
    private static long rows(Shape shape) {
        return shape.rank() < 3 ? shape.rows() : shape.dimension(shape.rank() - 2);
    }

    /** Quantizes and writes a tensor. */
    EncodingResult write(PlannedTensor tensor, TensorSource source, CheckpointWriter writer) throws IOException {
        LayerQuantizer.Loss loss = new LayerQuantizer.Loss(0, 0);
        Shape shape = tensor.source().shape();
        long rows = rows(shape);
        for (int part = 0; part < shape.rows() / rows; part++) {
            Matrix matrix = Matrix.of(Math.toIntExact(rows), Math.toIntExact(shape.columns()));
            source.read(part * rows, matrix.rows(), matrix.data(), 0);
            try (Arena arena = Arena.ofShared()) {
                Weight weight = layers.quantize(layer(tensor, part), matrix, tensor.target(), arena);
                writer.write(tensor.source().name(), part * tensor.target().bytes(rows * shape.columns()), weight.values().data());
                layers.finalizeWeight(layer(tensor, part), weight, LongUnaryOperator.identity());
                loss = loss.plus(layers.loss(matrix, weight));
            }
        }
        return new EncodingResult(tensor, loss.squaredError(), loss.squaredNorm(), 0, 0, writer.crc32c(tensor.source().name()));
    }

    private static String layer(PlannedTensor tensor) {
        return TensorName.withoutWeight(tensor.source().name());
    }

    private static String layer(PlannedTensor tensor, int part) {
        return tensor.source().shape().rank() < 3 ? layer(tensor) : TensorName.expert(layer(tensor), part);
    }

    /** Quantizes and writes all tensors of a plan that it {@link #has}. */
    List<EncodingResult> write(List<PlannedTensor> plan, Map<String, TensorSource> sources, CheckpointWriter writer, Stage stage)
            throws IOException {
        List<EncodingResult> results = new ArrayList<>();
        for (PlannedTensor tensor : layers.ordered(plan, tensor -> layer(tensor, 0))) {
            results.add(write(tensor, sources.get(tensor.source().name()), writer));
            stage.advance(tensor.source().name(), tensor.source().bytes());
        }
        return results;
    }
}
