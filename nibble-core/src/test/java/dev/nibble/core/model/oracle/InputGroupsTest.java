package dev.nibble.core.model.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.LoadOptions;
import dev.nibble.ProgressListener;
import dev.nibble.core.backend.Backends;
import dev.nibble.core.calibration.Calibration;
import dev.nibble.core.calibration.CalibrationOptions;
import dev.nibble.core.calibration.CalibrationText;
import dev.nibble.core.calibration.Calibrator;
import dev.nibble.core.checkpoint.gguf.GgufWriter;
import dev.nibble.core.checkpoint.imatrix.Imatrix;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.fold.Folding;
import dev.nibble.core.model.Batch;
import dev.nibble.core.model.KvCache;
import dev.nibble.core.model.mapping.SharedInputGroup;
import dev.nibble.core.quantization.Statistics;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.TensorInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The groups of every family: folded scales leave the function unchanged, and calibration observes every layer. */
class InputGroupsTest {
    private static final double TOLERANCE = 1e-4;

    @TempDir
    private Path folder;

    static List<TinyModel> all() {
        return TinyModels.ALL;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("all")
    void scalesPassThrough(TinyModel tiny) throws IOException {
        Path directory = tiny.write(folder.resolve("model"));
        Path folded = folder.resolve("folded.gguf");
        try (RunningModel model = new RunningModel(directory, "reference"); ModelSource source = ModelSource.open(directory)) {
            Folding folding = new Folding();
            SplittableRandom random = new SplittableRandom(3);
            for (SharedInputGroup group : model.loaded().inputGroups()) {
                if (!(group.producer() instanceof SharedInputGroup.Producer.Unfoldable)) {
                    folding.scale(group, scale(source, group, random));
                }
            }
            write(source, folding.apply(source.tensors()), folded);
        }
        try (RunningModel model = new RunningModel(folded, "reference"); KvCache cache = model.cache(Plain.F32, tiny.length())) {
            assertThat(RunningModel.error(tiny.logits(), model.compute(Batch.of(cache, tiny.tokens())))).isLessThan(TOLERANCE);
        }
    }

    private static float[] scale(ModelSource source, SharedInputGroup group, SplittableRandom random) {
        long columns = source.tensors().stream().filter(tensor -> tensor.info().name().equals(group.layers().getFirst() + ".weight"))
                .findFirst()
                .orElseThrow().info().shape().columns();
        float[] scale = new float[(int) columns];
        for (int i = 0; i < scale.length; i++) {
            scale[i] = (float) Math.exp(random.nextDouble(-1, 1));
        }
        return scale;
    }

    private static void write(ModelSource source, List<TensorSource> tensors, Path file) throws IOException {
        List<TensorInfo> infos = tensors.stream().map(tensor -> new TensorInfo(tensor.info().name(), Plain.F32, tensor.info().shape()))
                .toList();
        try (GgufWriter writer = GgufWriter.create(file, source.metadata(), infos, true)) {
            for (TensorSource tensor : tensors) {
                int rows = (int) tensor.info().shape().rows();
                float[] numbers = new float[(int) tensor.info().shape().count()];
                tensor.read(0, rows, numbers, 0);
                MemorySegment bytes = MemorySegment.ofArray(new byte[4 * numbers.length]);
                Plain.F32.encode(numbers, 0, numbers.length, Importance.EQUAL, bytes, 0);
                writer.write(tensor.info().name(), 0, bytes);
            }
            writer.commit();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("all")
    void calibrationSeesEveryLayer(TinyModel tiny) throws IOException {
        Path directory = tiny.write(folder.resolve("model"));
        CalibrationText text = new CalibrationText("tiny", List.of(tiny.tokens()), 0);
        try (Calibrator calibrator = new Calibrator(directory, new LoadOptions(Backends.forced("reference"), 1));
                Calibration found = calibrator.calibrate(text, CalibrationOptions.DEFAULTS, folder.resolve("calibration"), true,
                        ProgressListener.SILENT)) {
            long experts = 0;
            for (String layer : found.layers()) {
                Statistics statistics = found.statistics(layer).orElseThrow();
                if (layer.matches(".*ffn_down_exps\\.\\d+")) {
                    experts += statistics.rows();
                } else if (!layer.matches(".*_exps\\.\\d+")) {
                    assertThat(statistics.rows()).as(layer).isEqualTo(tiny.length());
                }
            }
            assertThat(experts > 0).isEqualTo(tiny.isMixture());
            assertThat(experts % tiny.length()).isZero(); // every token goes to the same number of experts
            found.writeImatrix(folder.resolve("imatrix.gguf"), true);
            assertThat(Imatrix.read(folder.resolve("imatrix.gguf")).names()).isNotEmpty();
        }
    }
}
