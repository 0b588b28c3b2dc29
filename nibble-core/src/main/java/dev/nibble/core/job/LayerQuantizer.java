package dev.nibble.core.job;

import dev.nibble.core.calibration.SequentialCalibrator;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.quantization.Quantizer;
import dev.nibble.core.quantization.Statistics;
import dev.nibble.core.recipe.LayerQuantizers;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;

/**
 * Quantizes a model's weights layer by layer, each by its assigned algorithm and the statistics of its inputs. Layers that no calibration
 * token reached are rounded to nearest and listed.
 */
public final class LayerQuantizer {
    private final LayerQuantizers algorithms;
    private final Function<String, Optional<Statistics>> inputs;
    private final Map<String, float[]> scales;
    private final Workers workers;
    private final Optional<WeightJournal> journal;
    private final Optional<SequentialCalibrator> sequence;
    private final TreeSet<String> unseen = new TreeSet<>();

    /**
     * @param inputs statistics before any scaling, by the layer's name in GGUF without {@code .weight}
     * @param scales scales that a layer's inputs were divided by, by the same names
     */
    public LayerQuantizer(LayerQuantizers algorithms, Function<String, Optional<Statistics>> inputs, Map<String, float[]> scales,
            Workers workers) {
        this(algorithms, inputs, scales, workers, Optional.empty(), Optional.empty());
    }

    private LayerQuantizer(LayerQuantizers algorithms, Function<String, Optional<Statistics>> inputs, Map<String, float[]> scales,
            Workers workers, Optional<WeightJournal> journal, Optional<SequentialCalibrator> sequence) {
        this.algorithms = algorithms;
        this.inputs = inputs;
        this.scales = Map.copyOf(scales);
        this.workers = workers;
        this.journal = journal;
        this.sequence = sequence;
    }

    /** A quantizer for planning, without statistics. */
    public static LayerQuantizer planning(LayerQuantizers algorithms) {
        return new LayerQuantizer(algorithms, layer -> Optional.empty(), Map.of(), Workers.of(1));
    }

    /** A copy that reads finished weights from a journal and adds new ones to it. */
    public LayerQuantizer with(WeightJournal finished) {
        return new LayerQuantizer(algorithms, inputs, scales, workers, Optional.of(finished), sequence);
    }

    /** A quantizer whose statistics come from the quantized layers before each layer. */
    public static LayerQuantizer sequential(LayerQuantizers algorithms, SequentialCalibrator sequence, Workers workers) {
        return new LayerQuantizer(algorithms, sequence::statistics, Map.of(), workers, Optional.empty(), Optional.of(sequence));
    }

    /** Weights in processing order. @param layer name of a weight's layer, or of its first expert's */
    <T> List<T> ordered(List<T> weights, Function<T, String> layer) {
        return sequence.isEmpty()
                ? weights
                : weights.stream().sorted(Comparator.comparing(layer, sequence.get().order())).toList();
    }

    /** Called when a weight is quantized. @param row maps row i of the GGUF tensor, or of an expert's part of it, to the weight's row */
    void finalizeWeight(String layer, Weight weight, LongUnaryOperator row) {
        if (sequence.isEmpty()) {
            return;
        }
        long[] rows = LongStream.range(0, weight.values().rows()).map(row).toArray();
        Matrix values = Matrix.of(rows.length, Math.toIntExact(weight.values().columns()));
        weight.read(rows, values.data(), 0);
        sequence.get().finalizeWeight(layer, values);
    }

    /** Layers that no calibration token reached, rounded to nearest. */
    public List<String> unseen() {
        return List.copyOf(unseen);
    }

    /** Reason why this codec cannot be a layer's target; empty if it can. */
    String unsupportedReason(String layer, Codec codec) {
        Quantizer quantizer = algorithms.of(layer);
        String unsupportedReason = quantizer.unsupportedReason(codec);
        return unsupportedReason.isEmpty() ? "" : quantizer.name() + " cannot quantize it: " + unsupportedReason;
    }

    /** Whether a layer's quantization needs statistics of its inputs. */
    boolean needsInputs(String layer) {
        return !algorithms.of(layer).needs().isEmpty();
    }

    /** Whether any layer's quantization needs statistics. */
    boolean needsInputs() {
        return algorithms.needInputs();
    }

    /**
     * @param layer name in GGUF without {@code .weight}, followed by an expert's value
     * @param matrix weight with its column scales folded in
     * @throws UnsupportedException if the layer's inputs have no statistics, or the weight has NaN
     */
    Weight quantize(String layer, Matrix matrix, Codec codec, Arena arena) throws IOException {
        Optional<Weight> finished = journal.isPresent() ? journal.get().find(layer, codec, arena) : Optional.empty();
        if (finished.isPresent()) {
            return finished.get();
        }
        Weight weight = choose(layer, matrix, codec, arena);
        if (journal.isPresent()) {
            journal.get().add(layer, weight);
        }
        return weight;
    }

    /** Working memory of a layer, in bytes: its values twice, its codes, and the Hessian of its inputs with its factors. */
    static long workingBytes(long rows, long columns, boolean needsInputs) {
        return rows * columns * 3 * Float.BYTES + (needsInputs ? columns * columns * 2 * Double.BYTES : 0);
    }

    private Weight choose(String layer, Matrix matrix, Codec codec, Arena arena) {
        Statistics statistics = needsInputs(layer) ? statistics(layer) : Statistics.NONE;
        try {
            Quantizer quantizer = algorithms.of(layer);
            if (!needsInputs(layer)) {
                return quantizer.quantize(matrix, codec, statistics, workers, arena);
            }
            if (statistics.rows() == 0) {
                unseen.add(layer);
                return algorithms.rounding().quantize(matrix, codec, Statistics.NONE, workers, arena);
            }
            return quantizer.finish(matrix, codec, statistics, workers, arena);
        } catch (UnsupportedException e) {
            throw e.in("layer " + layer);
        }
    }

    private Statistics statistics(String layer) {
        Statistics before = inputs.apply(layer).orElseThrow(() -> new UnsupportedException("the calibration has no layer " + layer
                + "; was it made for this model?"));
        float[] scale = scales.get(layer);
        return scale == null ? before : before.divided(scale);
    }

    /** Error of a quantized weight, summed in a fixed order. */
    Loss loss(Matrix matrix, Weight weight) {
        double[] errors = new double[matrix.rows()];
        double[] norms = new double[matrix.rows()];
        workers.run(matrix.rows(), 1, (from, to) -> {
            float[] decoded = new float[matrix.columns()];
            for (int row = from; row < to; row++) {
                weight.read(row, decoded, 0);
                for (int i = 0; i < decoded.length; i++) {
                    double value = matrix.data()[matrix.at(row) + i];
                    errors[row] += (value - decoded[i]) * (value - decoded[i]);
                    norms[row] += value * value;
                }
            }
        });
        return new Loss(Arrays.stream(errors).sum(), Arrays.stream(norms).sum());
    }

    /** Σ (x − x')² and Σ x². */
    record Loss(double squaredError, double squaredNorm) {
        Loss plus(Loss other) {
            return new Loss(squaredError + other.squaredError, squaredNorm + other.squaredNorm);
        }
    }
}
