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
 * Chooses the codes of a model's weights, one layer after the other, by the algorithm that is its and what is known of each layer's inputs. Remembers
 * which layers it had to round instead because no text of the calibration came to them.
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
     * @param inputs statistics by the layer's name in GGUF, without {@code .weight}, as they were before any scaling
     * @param scales what the inputs of a layer were divided by, by the same names; layers without any are not there
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

    /** One that chooses nothing: for planning what it would be asked. */
    public static LayerQuantizer planning(LayerQuantizers algorithms) {
        return new LayerQuantizer(algorithms, layer -> Optional.empty(), Map.of(), Workers.of(1));
    }

    /** The same, taking weights from a journal and adding to it those it has to choose. */
    public LayerQuantizer with(WeightJournal finished) {
        return new LayerQuantizer(algorithms, inputs, scales, workers, Optional.of(finished), sequence);
    }

    /** One that learns of a layer's inputs as the weights it chose before make them. */
    public static LayerQuantizer sequential(LayerQuantizers algorithms, SequentialCalibrator sequence, Workers workers) {
        return new LayerQuantizer(algorithms, sequence::statistics, Map.of(), workers, Optional.empty(), Optional.of(sequence));
    }

    /** Weights in the order in which they are to be quantized. @param layer the name of a weight's layer, or of its first expert's */
    <T> List<T> ordered(List<T> weights, Function<T, String> layer) {
        return sequence.isEmpty()
                ? weights
                : weights.stream().sorted(Comparator.comparing(layer, sequence.get().order())).toList();
    }

    /** Called when a weight was quantized. @param row of it that is row i of the GGUF tensor, or of an expert's part of that */
    void finalizeWeight(String layer, Weight weight, LongUnaryOperator row) {
        if (sequence.isEmpty()) {
            return;
        }
        long[] rows = LongStream.range(0, weight.values().rows()).map(row).toArray();
        Matrix numbers = Matrix.of(rows.length, Math.toIntExact(weight.values().columns()));
        weight.read(rows, numbers.data(), 0);
        sequence.get().finalizeWeight(layer, numbers);
    }

    /** Layers that no text came to, and that were rounded to nearest. */
    public List<String> unseen() {
        return List.copyOf(unseen);
    }

    /** Why this codec cannot be the target for a layer, or an empty text. */
    String unsupportedReason(String layer, Codec codec) {
        Quantizer quantizer = algorithms.of(layer);
        String unsupportedReason = quantizer.unsupportedReason(codec);
        return unsupportedReason.isEmpty() ? "" : quantizer.name() + " cannot choose its codes: " + unsupportedReason;
    }

    /** Whether a layer's codes are chosen by its inputs. */
    boolean needsInputs(String layer) {
        return !algorithms.of(layer).needs().isEmpty();
    }

    /** Whether any layer's are. */
    boolean needsInputs() {
        return algorithms.needInputs();
    }

    /**
     * @param layer  its name in GGUF, without {@code .weight}; an expert's number behind it
     * @param matrix with the scales of its columns already in it
     * @throws UnsupportedException if nothing is known of the layer's inputs, or a number of the weight is none
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

    /**
     * Bytes of a layer as it is worked on: its numbers, twice, and its codes; and the Hessian of its inputs, half of a matrix, with three whole
     * ones of doubles while it is inverted.
     */
    static long workingBytes(long rows, long columns, boolean needsInputs) {
        return rows * columns * 3 * Float.BYTES + (needsInputs ? columns * columns * 2 * Double.BYTES : 0);
    }

    private Weight choose(String layer, Matrix matrix, Codec codec, Arena arena) {
        Statistics known = needsInputs(layer) ? statistics(layer) : Statistics.NONE;
        try {
            Quantizer quantizer = algorithms.of(layer);
            if (!needsInputs(layer)) {
                return quantizer.quantize(matrix, codec, known, workers, arena);
            }
            if (known.rows() == 0) {
                unseen.add(layer);
                return algorithms.rounding().quantize(matrix, codec, Statistics.NONE, workers, arena);
            }
            return quantizer.finish(matrix, codec, known, workers, arena);
        } catch (UnsupportedException e) {
            throw e.in("layer " + layer);
        }
    }

    private Statistics statistics(String layer) {
        Statistics before = inputs.apply(layer).orElseThrow(() -> new UnsupportedException("the calibration knows no layer " + layer
                + "; was it made for this model?"));
        float[] scale = scales.get(layer);
        return scale == null ? before : before.divided(scale);
    }

    /** How far a weight is from what it was made of, over all numbers, in a fixed order of sums. */
    Loss loss(Matrix matrix, Weight weight) {
        double[] errors = new double[matrix.rows()];
        double[] norms = new double[matrix.rows()];
        workers.run(matrix.rows(), 1, (from, to) -> {
            float[] decoded = new float[matrix.columns()];
            for (int row = from; row < to; row++) {
                weight.read(row, decoded, 0);
                for (int i = 0; i < decoded.length; i++) {
                    double number = matrix.data()[matrix.at(row) + i];
                    errors[row] += (number - decoded[i]) * (number - decoded[i]);
                    norms[row] += number * number;
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
