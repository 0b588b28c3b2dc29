package dev.nibble.core.inference;

import dev.nibble.core.codec.GroupCodec;
import dev.nibble.core.kernel.MatMul;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.model.Linear;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Tensor;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A linear layer with 8-bit integer activations, as W8A8 and LLM.int8() define it.
 *
 * <pre>
 *   y = scale_x · (Σ q_x · w  −  zero_x · Σ w)  +  Σ over outliers x · w  +  bias,   w = scale_w (q_w − zero_w)
 * </pre>
 *
 * The kernel computes the first sum, in integers within a group or a part of one.
 */
final class Int8Linear implements Linear {
    private static final float[] NONE = {};
    private static final int KEPT_COLUMNS = 64;

    private final Tensor weight;
    private final MatMul kernel;
    private final ActivationQuantization quantization;
    private final Optional<float[]> bias;
    private final Workers workers;
    private final Map<Integer, float[]> keptColumns = new ConcurrentHashMap<>();
    private volatile Optional<float[]> rowSums = Optional.empty();

    Int8Linear(Tensor weight, MatMul kernel, ActivationQuantization quantization, Optional<float[]> bias, Workers workers) {
        this.weight = weight;
        this.kernel = kernel;
        this.quantization = quantization;
        this.bias = bias;
        this.workers = workers;
    }

    @Override
    public int inputs() {
        return Math.toIntExact(weight.columns());
    }

    @Override
    public int outputs() {
        return Math.toIntExact(weight.rows());
    }

    @Override
    public void apply(Matrix x, Matrix y) {
        Products.check(x, y, inputs(), outputs());
        QuantizedActivations rounded = QuantizedActivations.of(x, quantization, workers);
        Products.run(kernel.startIntegers(rounded.codes(), y), rounded.codes(), y, kernel.grain(), workers,
                (from, to) -> finish(rounded, y, from, to));
        workers.scratch().release(rounded.codes());
    }

    /** Scales the kernel's sums and adds zero points, outliers and bias. */
    private void finish(QuantizedActivations rounded, Matrix y, int from, int to) {
        for (int token = 0; token < y.rows(); token++) {
            int at = y.at(token);
            float scale = rounded.scales()[token];
            int zero = rounded.zeros()[token];
            float[] rowSum = zero == 0 ? NONE : rowSums();
            for (int i = from; i < to; i++) {
                float sum = y.data()[at + i];
                y.data()[at + i] = scale * (zero == 0 ? sum : sum - zero * rowSum[i]);
            }
            rounded.rests().get(token).forEach(outlier -> add(outlier, y, at, from, to));
            for (int i = from; i < to && bias.isPresent(); i++) {
                y.data()[at + i] += bias.get()[i];
            }
        }
    }

    /** Sum of each row of the weight. */
    private float[] rowSums() {
        return rowSums.orElseGet(this::computeRowSums);
    }

    private synchronized float[] computeRowSums() {
        if (rowSums.isEmpty()) {
            float[] row = new float[inputs()];
            float[] sums = new float[outputs()];
            for (int output = 0; output < sums.length; output++) {
                weight.decode(output, 0, row, 0, row.length);
                double sum = 0;
                for (float number : row) {
                    sum += number;
                }
                sums[output] = (float) sum;
            }
            rowSums = Optional.of(sums);
        }
        return rowSums.orElseThrow();
    }

    /** Adds an outlier's product. Outliers mostly share a few columns, which are kept decoded. */
    private void add(QuantizedActivations.Outlier outlier, Matrix y, int at, int from, int to) {
        Optional<float[]> kept = quantization instanceof ActivationQuantization.OutlierAware ? keep(outlier.column()) : Optional.empty();
        for (int i = from; i < to; i++) {
            y.data()[at + i] += outlier.number() * (kept.isPresent() ? kept.get()[i] : number(i, outlier.column()));
        }
    }

    private Optional<float[]> keep(int column) {
        float[] kept = keptColumns.get(column);
        if (kept != null || keptColumns.size() >= KEPT_COLUMNS) {
            return Optional.ofNullable(kept);
        }
        float[] numbers = new float[outputs()];
        for (int output = 0; output < numbers.length; output++) {
            numbers[output] = number(output, column);
        }
        keptColumns.put(column, numbers);
        return Optional.of(numbers);
    }

    private float number(int output, int column) {
        GroupCodec codec = (GroupCodec) weight.codec();
        long offset = output * weight.rowBytes() + (long) (column / codec.groupSize()) * codec.blockBytes();
        return codec.number(weight.data(), offset, column % codec.groupSize());
    }
}
