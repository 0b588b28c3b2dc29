package dev.nibble.core.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nibble.LoadOptions;
import dev.nibble.core.backend.Backends;
import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.checkpoint.safetensors.SafetensorsWriter;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.inference.LoadedModel;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.model.Batch;
import dev.nibble.core.model.KvCache;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Directories of random models, written and run. */
final class RandomDirectory {
    /** All backends of this machine, without quantized activations. */
    static final String DETECTED = "detected";

    private final Random random;

    RandomDirectory(Random random) {
        this.random = random;
    }

    Tensor drawn(int rows, int columns, double spread) {
        float[][] numbers = new float[rows][columns];
        for (float[] row : numbers) {
            for (int i = 0; i < columns; i++) {
                row[i] = (float) (spread * random.nextGaussian());
            }
        }
        return rows == 1 ? new Tensor(Plain.F32, Shape.of(columns), floats(numbers).data()) : floats(numbers);
    }

    static Tensor floats(float[][] numbers) {
        int columns = numbers[0].length;
        MemorySegment data = Arena.ofAuto().allocate(4L * numbers.length * columns);
        for (int row = 0; row < numbers.length; row++) {
            Plain.F32.encode(numbers[row], 0, columns, Importance.EQUAL, data, 4L * row * columns);
        }
        return new Tensor(Plain.F32, Shape.of(numbers.length, columns), data);
    }

    static Path write(Path directory, String config, Map<String, Tensor> tensors, Map<String, String> metadata) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("config.json"), config);
        List<TensorInfo> infos = tensors.entrySet().stream()
                .map(entry -> new TensorInfo(entry.getKey(), entry.getValue().codec(), entry.getValue().shape())).toList();
        try (CheckpointWriter writer = SafetensorsWriter.create(directory.resolve("model.safetensors"), metadata, infos, true)) {
            for (TensorInfo info : infos) {
                writer.write(info.name(), 0, tensors.get(info.name()).data());
            }
            writer.commit();
        }
        return directory;
    }

    static Matrix logits(Path model, int[] tokens, String backend) throws IOException {
        Backends backends = backend.equals(DETECTED) ? Backends.detect().withExactActivations() : Backends.forced(backend);
        LoadOptions options = new LoadOptions(backends, 2);
        try (LoadedModel loaded = LoadedModel.open(model, options);
                KvCache cache = new KvCache(loaded.kvShape(), Plain.F32, tokens.length)) {
            Matrix hidden = Matrix.of(tokens.length, loaded.hidden());
            loaded.forward(Batch.of(cache, tokens), hidden);
            Matrix logits = Matrix.of(tokens.length, loaded.vocabulary());
            loaded.logits(hidden, logits);
            return logits;
        }
    }

    /** Bytes of weights read per token. */
    static long bytesPerToken(Path model) throws IOException {
        try (LoadedModel loaded = LoadedModel.open(model, new LoadOptions(Backends.forced("reference"), 2))) {
            return loaded.statistics().bytesPerToken();
        }
    }

    /** Requires equality up to a ten-thousandth of the largest logit. */
    static void assertClose(Matrix found, Matrix expected, String what) {
        double largest = 0;
        for (float logit : expected.data()) {
            largest = Math.max(largest, Math.abs(logit));
        }
        for (int i = 0; i < found.data().length; i++) {
            assertThat((double) found.data()[i]).as("%s, logit %d", what, i).isCloseTo(expected.data()[i], within(1e-4 * largest));
        }
    }
}
