package dev.nibble.core.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nibble.core.backend.Backends;
import dev.nibble.core.backend.reference.ReferenceBackend;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.LevelTable;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.kernel.Backend;
import dev.nibble.core.kernel.MatMul;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Layers with integer activations, against the plain formulas. */
class Int8LinearTest {
    private static final int ROWS = 37;
    private static final int COLUMNS = 96;
    private static final int TOKENS = 5;

    private final long seed = Long.getLong("nibble.seed", 42);
    private final Random random = new Random(seed);

    static Stream<Arguments> codecsOnBackends() {
        return codecs().flatMap(codec -> Backends.detect().usable().stream().map(backend -> Arguments.of(codec, backend)));
    }

    private static Stream<Codec> codecs() {
        Stream<Codec> affine = Stream.of("INT8-G96", "UINT8-G96-Z-F32", "INT4-G32", "UINT4-G48-Z-BF16")
                .map(name -> GroupAffine.named(name).orElseThrow());
        return Stream.concat(affine, Stream.of(new ScaledLevels(LevelTable.INT8, COLUMNS)));
    }

    @ParameterizedTest
    @MethodSource("codecsOnBackends")
    void computesTheFormulas(Codec codec, Backend backend) {
        Tensor weight = weight(codec);
        List<Backend> backends = List.of(backend, new ReferenceBackend());
        float[] bias = numbers(ROWS, 1);
        Matrix x = new Matrix(numbers(TOKENS * COLUMNS, 3), 0, TOKENS, COLUMNS);
        x.data()[7] = 40;
        x.data()[2 * COLUMNS + 1] = -40; // −128 with a symmetric grid
        x.data()[COLUMNS + 11] = -6;
        for (ActivationQuantization rounding : new ActivationQuantization[]{ActivationQuantization.LLM_INT8,
            new ActivationQuantization.OutlierAware(Float.POSITIVE_INFINITY),
            new ActivationQuantization.PerToken(true), new ActivationQuantization.PerToken(false),
            new ActivationQuantization.PerTensor(0.07f, 0),
            new ActivationQuantization.PerTensor(0.05f, -20)}) {
            Matrix y = apply(weight, rounding, Optional.of(bias), x, 1, backends);
            float[] row = new float[COLUMNS];
            for (int output = 0; output < ROWS; output++) {
                weight.decode(output, 0, row, 0, COLUMNS);
                for (int token = 0; token < TOKENS; token++) {
                    double expected = bias[output];
                    double size = 1;
                    for (int i = 0; i < COLUMNS; i++) {
                        expected += row[i] * rounded(x, token, i, rounding);
                        size += Math.abs(row[i] * x.data()[x.at(token) + i]);
                    }
                    assertThat((double) y.data()[y.at(token) + output]).as("%s, seed %d", rounding, seed).isCloseTo(expected,
                            within(1e-6 * size));
                }
            }
            assertThat(apply(weight, rounding, Optional.of(bias), x, 3, backends).data()).isEqualTo(y.data());
        }
    }

    /** Value of an input after quantization. */
    private static double rounded(Matrix x, int token, int column, ActivationQuantization rounding) {
        double number = x.data()[x.at(token) + column];
        double smallest = 0;
        double largest = 0;
        double inliers = 0;
        for (int i = 0; i < COLUMNS; i++) {
            double other = x.data()[x.at(token) + i];
            smallest = Math.min(smallest, other);
            largest = Math.max(largest, other);
            if (rounding instanceof ActivationQuantization.OutlierAware around && Math.abs(other) < around.threshold()) {
                inliers = Math.max(inliers, Math.abs(other));
            }
        }
        return switch (rounding) {
            case ActivationQuantization.None none -> number;
            case ActivationQuantization.OutlierAware around when Math.abs(number) >= around.threshold() -> number;
            case ActivationQuantization.OutlierAware around -> grid(number, inliers / 127, 0);
            case ActivationQuantization.PerTensor tensor -> grid(number, tensor.scale(), tensor.zeroPoint());
            case ActivationQuantization.PerToken perToken when perToken.symmetric() ->
                grid(number, Math.max(-smallest, largest) / 127.5, 0);
            case ActivationQuantization.PerToken perToken -> {
                double scale = (largest - smallest) / 255;
                yield grid(number, scale, (int) Math.rint(-128 - smallest / scale));
            }
        };
    }

    private static double grid(double number, double scale, int zero) {
        double code = Math.rint((float) number / (float) scale) + zero;
        return (Math.clamp(code, -128, 127) - zero) * (float) scale;
    }

    @Test
    void outliersAreKeptAndTheRestIsFinerForIt() {
        Tensor weight = weight(new ScaledLevels(LevelTable.INT8, COLUMNS));
        Matrix x = new Matrix(numbers(COLUMNS, 1), 0, 1, COLUMNS);
        x.data()[3] = 1000;
        float[] exact = new float[ROWS];
        float[] row = new float[COLUMNS];
        for (int output = 0; output < ROWS; output++) {
            weight.decode(output, 0, row, 0, COLUMNS);
            for (int i = 0; i < COLUMNS; i++) {
                exact[output] += row[i] * x.data()[i];
            }
        }
        double around = error(exact, apply(weight, ActivationQuantization.LLM_INT8, Optional.empty(), x, 1));
        double all = error(exact, apply(weight, new ActivationQuantization.OutlierAware(Float.POSITIVE_INFINITY), Optional.empty(), x, 1));
        assertThat(around).isLessThan(all / 50);
    }

    private static double error(float[] exact, Matrix y) {
        double sum = 0;
        for (int i = 0; i < exact.length; i++) {
            sum += Math.pow(exact[i] - y.data()[i], 2);
        }
        return Math.sqrt(sum);
    }

    @Test
    void zerosAndSumsThatDoNotFitAnIntPass() {
        int columns = 1 << 18;
        ScaledLevels codec = new ScaledLevels(LevelTable.INT8, columns);
        MemorySegment data = Arena.ofAuto().allocate(codec.bytes(columns));
        float[] ones = new float[columns];
        Arrays.fill(ones, 1);
        codec.encode(ones, 0, columns, Importance.EQUAL, data, 0);
        Tensor weight = new Tensor(codec, Shape.of(1, columns), data);
        Matrix x = new Matrix(ones, 0, 1, columns);
        assertThat(apply(weight, ActivationQuantization.LLM_INT8, Optional.empty(), x, 1).data()[0]).isCloseTo(columns,
                within(0.01f * columns));
        for (ActivationQuantization rounding : new ActivationQuantization[]{ActivationQuantization.LLM_INT8,
            new ActivationQuantization.PerToken(true),
            new ActivationQuantization.PerToken(false)}) {
            assertThat(apply(weight, rounding, Optional.empty(), Matrix.of(1, columns), 1).data()[0]).isZero();
        }
    }

    private static Matrix apply(Tensor weight, ActivationQuantization rounding, Optional<float[]> bias, Matrix x, int threads) {
        return apply(weight, rounding, bias, x, threads, Backends.detect().usable());
    }

    private static Matrix apply(Tensor weight, ActivationQuantization rounding, Optional<float[]> bias, Matrix x, int threads,
            List<Backend> backends) {
        Matrix y = Matrix.of(x.rows(), (int) weight.rows());
        try (Workers workers = Workers.of(threads); Arena arena = Arena.ofConfined()) {
            MatMul kernel = new Backends(backends, List.of(), false).prepare(weight, arena).kernel();
            new Int8Linear(weight, kernel, rounding, bias, workers).apply(x, y);
        }
        return y;
    }

    private Tensor weight(Codec codec) {
        float[] numbers = numbers(ROWS * COLUMNS, 0.1);
        MemorySegment data = Arena.ofAuto().allocate(codec.bytes(numbers.length));
        codec.encode(numbers, 0, numbers.length, Importance.EQUAL, data, 0);
        return new Tensor(codec, Shape.of(ROWS, COLUMNS), data);
    }

    private float[] numbers(int count, double size) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) (size * random.nextGaussian());
        }
        return numbers;
    }
}
