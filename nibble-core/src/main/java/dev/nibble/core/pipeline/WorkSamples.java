package dev.nibble.core.pipeline;

import dev.nibble.LoadOptions;
import dev.nibble.TimeEstimate;
import dev.nibble.core.calibration.CalibrationOptions;
import dev.nibble.core.calibration.SequentialCalibrator;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.job.EncodedTensor;
import dev.nibble.core.kernel.MatMul;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.core.model.mapping.SharedInputGroup;
import dev.nibble.core.plan.PlannedTensor;
import dev.nibble.core.quantization.Hessian;
import dev.nibble.core.quantization.Quantizer;
import dev.nibble.core.quantization.Statistics;
import dev.nibble.core.recipe.Recipe;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Time estimates, extrapolated from a second or two of a job's work. Samples are rows of the model's weights, cut to {@value #MAX_COLUMNS}
 * columns; work with a Hessian grows with the square of the columns per row and token, and with their cube per matrix. Methods of single
 * layers are ignored.
 */
final class WorkSamples {
    private static final int MAX_COLUMNS = 512;
    private static final int ROWS = 16; // per thread
    private static final int MORE = 4;
    private static final int TOKENS = 128;
    private static final int PRODUCT_ROWS = 512;
    private static final double CORRELATION = 0.9;

    private final ModelSource source;
    private final List<PlannedTensor> quantized;
    private final Optional<Recipe> recipe;
    private final LoadOptions options;
    private final Workers workers;
    private final TensorSource sample;

    private WorkSamples(ModelSource source, List<PlannedTensor> quantized, Optional<Recipe> recipe, LoadOptions options, Workers workers) {
        this.source = source;
        this.quantized = quantized;
        this.recipe = recipe;
        this.options = options;
        this.workers = workers;
        this.sample = source.tensors().stream().filter(tensor -> tensor.info().shape().rank() == 2)
                .max(Comparator.comparingLong(tensor -> tensor.info().shape().count())).orElseThrow();
    }

    /** @param tokens calibration tokens; 0 without calibration */
    static TimeEstimate estimate(ModelSource source, List<PlannedTensor> plan, Optional<Recipe> recipe, long tokens, LoadOptions options) {
        List<PlannedTensor> quantized = plan.stream().filter(tensor -> !tensor.isCopy() && tensor.target().blockSize() > 1).toList();
        if (quantized.isEmpty()) {
            return new TimeEstimate(0, 0, options.threads());
        }
        try (Workers workers = Workers.of(options.threads())) {
            WorkSamples samples = new WorkSamples(source, quantized, recipe, options, workers);
            return new TimeEstimate(tokens == 0 ? 0 : samples.calibration(tokens), samples.weights(), options.threads());
        }
    }

    /** Products of all layers and statistics of their inputs, for all tokens. */
    private double calibration(long tokens) {
        boolean sequential = recipe.orElseThrow().sequential();
        Map<String, Shape> shapes = source.tensors().stream()
                .collect(Collectors.toMap(tensor -> tensor.info().name(), tensor -> tensor.info().shape()));
        double products = 0; // weights multiplied per token
        double statistics = 0; // statistics updated per token
        long memory = 0;
        for (SharedInputGroup group : source.inputGroups()) {
            int columns = 1;
            for (String layer : group.layers()) {
                Shape shape = shapes.get(layer.replaceFirst("_exps\\.\\d+$", "_exps") + ".weight");
                columns = Math.toIntExact(shape.columns());
                double values = shape.rank() < 3 ? shape.count() : (double) shape.count() / shape.dimension(0);
                double computations = layer.equals("output") ? 0 : sequential ? SequentialCalibrator.computations(layer) : 1;
                products += share(layer) * values * computations;
            }
            statistics += share(group.layers().getFirst()) * statisticSize(columns);
            memory += hasHessian() ? Hessian.bytes(columns) : 0;
        }
        long passes = sequential ? 1 : Math.max(1, Math.ceilDiv(memory, CalibrationOptions.DEFAULTS.memory()));
        int columns = Math.toIntExact(Math.min(MAX_COLUMNS, sample.info().shape().columns()));
        Matrix inputs = inputs(columns);
        Pace statistic = Pace.of(() -> Statistics.needed(recipe.get().needs(), columns).observe(inputs, workers));
        Pace product = product();
        double seconds = passes * products * product.seconds() + statistics * statistic.seconds() / statisticSize(columns);
        return tokens * seconds / TOKENS + product.warmUp() + statistic.warmUp();
    }

    private boolean hasHessian() {
        return recipe.isPresent() && recipe.get().needs().contains(Hessian.class);
    }

    private double statisticSize(int columns) {
        return hasHessian() ? (double) columns * columns : columns;
    }

    /** Fraction of the tokens that reach a layer. */
    private double share(String layer) {
        GgufHyperparameters facts = source.facts();
        double experts = facts.optionalWhole("expert_count", 1, Integer.MAX_VALUE).orElse(1L);
        return layer.contains("_exps.") ? facts.optionalWhole("expert_used_count", 1, Integer.MAX_VALUE).orElse(1L) / experts : 1;
    }

    /** Time of {@link #TOKENS} tokens times one value of a weight. */
    private Pace product() {
        int rows = (int) Math.min(PRODUCT_ROWS, sample.info().shape().rows());
        int columns = Math.toIntExact(sample.info().shape().columns());
        try (Arena arena = Arena.ofShared()) {
            MatMul kernel = options.backends().prepare(stored(rows, columns, arena), arena).kernel();
            Matrix x = inputs(columns);
            Matrix y = Matrix.of(TOKENS, rows);
            Pace pace = Pace.of(() -> {
                try (MatMul.Product product = kernel.start(x, y)) {
                    workers.run(product.rows(), 1, product::ready);
                    workers.run(rows, kernel.grain(), product::compute);
                }
            });
            return new Pace(pace.seconds() / ((double) rows * columns), pace.warmUp());
        }
    }

    /** Some rows as stored in the file, or as floats if they are computed. */
    private Tensor stored(int rows, int columns, Arena arena) {
        boolean copies = sample.rawRow(0).isPresent();
        Codec codec = copies ? sample.info().codec() : Plain.F32;
        MemorySegment bytes = arena.allocate(codec.bytes((long) rows * columns), Long.SIZE);
        for (int row = 0; row < rows && copies; row++) {
            MemorySegment one = sample.rawRow(row).orElseThrow();
            MemorySegment.copy(one, 0, bytes, row * one.byteSize(), one.byteSize());
        }
        if (!copies) {
            codec.encode(weight(rows, columns).data(), 0, rows * columns, Importance.EQUAL, bytes, 0);
        }
        return new Tensor(codec, Shape.of(rows, columns), bytes);
    }

    /** Values of the model, cut to size. */
    private Matrix weight(int rows, int columns) {
        int whole = Math.toIntExact(sample.info().shape().columns());
        int there = (int) Math.min(rows, sample.info().shape().rows());
        float[] values = new float[Math.multiplyExact(there, whole)];
        sample.read(0, there, values, 0);
        Matrix cut = Matrix.of(rows, columns);
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < columns; i++) {
                cut.data()[cut.at(row) + i] = values[row % there * whole + i % whole];
            }
        }
        return cut;
    }

    /** Inputs with correlated neighbouring channels, like real ones. */
    private static Matrix inputs(int columns) {
        SplittableRandom random = new SplittableRandom(1);
        Matrix inputs = Matrix.of(TOKENS, columns);
        double last = 0;
        for (int i = 0; i < inputs.data().length; i++) {
            last = CORRELATION * last + random.nextGaussian();
            inputs.data()[i] = (float) last;
        }
        return inputs;
    }

    private double weights() {
        boolean untied = source.facts().has("output.weight"); // an embedding that is only looked up has no inputs
        double seconds = 0;
        Map<String, List<PlannedTensor>> alike = quantized.stream().collect(Collectors.groupingBy(
                tensor -> (isGuided(tensor, untied) ? "guided " : "") + tensor.target().name(), TreeMap::new, Collectors.toList()));
        for (List<PlannedTensor> tensors : alike.values()) {
            seconds += isGuided(tensors.getFirst(), untied) ? guided(tensors) : encoded(tensors);
        }
        return seconds;
    }

    private boolean isGuided(PlannedTensor tensor, boolean untied) {
        boolean lookedUp = untied && tensor.source().name().equals("token_embd.weight");
        return recipe.isPresent() && !(lookedUp && !recipe.get().needs().isEmpty());
    }

    /** Time of rounding to nearest. */
    private double encoded(List<PlannedTensor> tensors) {
        Codec codec = tensors.getFirst().target();
        Matrix rows = weight(ROWS * workers.threads(), columns(codec));
        TensorSource source = new Rows(new TensorInfo("sample", Plain.F32, Shape.of(rows.rows(), rows.columns())), rows);
        Pace pace = Pace.of(() -> {
            try (Arena arena = Arena.ofShared()) {
                EncodedTensor.of(source, codec, workers, arena);
            }
        });
        return pace.warmUp() + pace.seconds() * values(tensors) / rows.data().length;
    }

    private static double values(List<PlannedTensor> tensors) {
        return tensors.stream().mapToDouble(tensor -> tensor.source().shape().count()).sum();
    }

    private record Rows(TensorInfo info, Matrix rows) implements TensorSource {
        @Override
        public void read(long firstRow, int count, float[] target, int from) {
            System.arraycopy(rows.data(), rows.at(Math.toIntExact(firstRow)), target, from, count * rows.columns());
        }
    }

    /** Time of a calibrated method: a part per matrix and a part per row. */
    private double guided(List<PlannedTensor> tensors) {
        Codec asked = tensors.getFirst().target();
        Codec codec = hasHessian() && asked.blockSize() > MAX_COLUMNS ? asked.withGroup(MAX_COLUMNS) : asked;
        int columns = columns(codec);
        Statistics statistics = Statistics.needed(recipe.orElseThrow().needs(), columns);
        if (!recipe.get().needs().isEmpty()) {
            statistics.observe(inputs(columns), workers);
        }
        int few = ROWS * workers.threads();
        Pace cold = choosing(weight(few, columns), codec, statistics);
        Pace more = choosing(weight(MORE * few, columns), codec, statistics);
        double perRow = Math.max(more.seconds() - cold.seconds(), 0) / ((MORE - 1) * few);
        double once = Math.max(cold.seconds() - few * perRow, 0);
        double seconds = cold.warmUp() + more.warmUp();
        for (PlannedTensor tensor : tensors) {
            Shape shape = tensor.source().shape();
            double wider = (double) shape.columns() / columns;
            long parts = shape.rank() < 3 ? 1 : shape.dimension(0);
            seconds += hasHessian()
                    ? parts * once * Math.pow(wider, 3) + shape.rows() * perRow * wider * wider
                    : shape.rows() * perRow * wider;
        }
        return seconds;
    }

    private Pace choosing(Matrix weight, Codec codec, Statistics statistics) {
        Quantizer quantizer = recipe.orElseThrow().method().quantizer();
        return Pace.of(() -> {
            try (Arena arena = Arena.ofShared()) {
                quantizer.quantize(weight, codec, statistics, workers, arena); // includes AWQ's scale search
            }
        });
    }

    /** Columns of a sample: at most the weights', in whole blocks. */
    private int columns(Codec codec) {
        int max = (int) Math.min(MAX_COLUMNS, sample.info().shape().columns());
        return Math.max(1, max / codec.blockSize()) * codec.blockSize();
    }
}
