package dev.nibble.core.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nibble.core.kernel.Workers;
import dev.nibble.core.x86.KernelCode;
import dev.nibble.core.x86.machine.CpuFeatures;
import dev.nibble.core.x86.machine.Machine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OuterProductsTest {
    private static final int OFFSET = 5;
    @SuppressWarnings("UnnecessaryLambda")
    private static final IntFunction<SumGrid> GRID = columns -> SumGrid.of(
            IntStream.range(0, columns).mapToDouble(i -> 1 + i % 70).toArray());

    private final long seed = Long.getLong("nibble.seed", 42);

    private static double[][] triangle(int columns) {
        double[][] upper = new double[columns][];
        for (int i = 0; i < columns; i++) {
            upper[i] = new double[columns - i];
        }
        return upper;
    }

    private float[] inputs(int rows, int columns) {
        Random random = new Random(seed);
        float[] x = new float[OFFSET + rows * columns];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) (random.nextGaussian() * Math.exp(random.nextGaussian()));
        }
        return x;
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 7", "128, 8", "2, 47", "127, 48", "128, 49", "100, 96", "5, 700", "128, 1000"})
    void machineCodeGivesThePlainBits(int rows, int columns) {
        float[] x = inputs(rows, columns);
        double[][] plain = triangle(columns);
        try (Workers workers = Workers.of(1)) {
            OuterProducts.addBatch(x, OFFSET, rows, GRID.apply(columns), plain, workers);
            OuterProducts.addBatch(x, OFFSET, rows, GRID.apply(columns), plain, workers);
        }
        CpuFeatures features = Machine.detected().features();
        assumeTrue(features.avx2(), "the processor has no AVX2");
        for (X86OuterProducts kernel : features.avx512()
                ? List.of(X86OuterProducts.AVX2, X86OuterProducts.AVX512)
                : List.of(X86OuterProducts.AVX2)) {
            double[][] found = triangle(columns);
            for (int threads : new int[]{1, 3}) {
                try (Workers workers = Workers.of(threads)) {
                    kernel.addBatch(x, OFFSET, rows, GRID.apply(columns), found, workers);
                }
            }
            assertThat(found).as("seed %d", seed).isDeepEqualTo(plain);
        }
    }

    @Test
    void machineCodeWithWrongSumsIsNotUsed() {
        assumeTrue(Machine.detected().features().avx2(), "the processor has no AVX2");
        assertThat(new X86OuterProducts(new OuterProductKernel(256)::write, 256).isRight()).isTrue();
        assertThat(new X86OuterProducts(code -> {}, 256).isRight()).isFalse();
    }

    /** The documented error bound. */
    @ParameterizedTest
    @CsvSource({"1, 5", "300, 60", "1000, 20"})
    void isNearTheSumsOfDoubles(int rows, int columns) {
        float[] x = inputs(rows, columns);
        double[][] found = triangle(columns);
        try (Workers workers = Workers.of(2)) {
            OuterProducts.add(x, OFFSET, rows, GRID.apply(columns), found, workers);
        }
        double worst = 0;
        for (int i = 0; i < columns; i++) {
            for (int j = i; j < columns; j++) {
                double sum = 0;
                double magnitudes = 0;
                for (int row = 0; row < rows; row++) {
                    double product = (double) x[OFFSET + row * columns + i] * x[OFFSET + row * columns + j];
                    sum += product;
                    magnitudes += Math.abs(product);
                }
                worst = Math.max(worst, Math.abs(found[i][j - i] - sum) / magnitudes);
            }
        }
        assertThat(worst).as("seed %d", seed).isLessThan(OuterProducts.BATCH * 0x1p-24);
    }

    @Test
    void theCodeIsTheSameEveryTime(@TempDir Path folder) throws IOException, InterruptedException {
        assumeTrue(Machine.detected().features().avx512(), "the processor has no AVX-512");
        var kernels = List.of(X86OuterProducts.AVX2.kernel(), X86OuterProducts.AVX512.kernel());
        KernelCode.isGolden(kernels, OuterProductsTest.class.getResourceAsStream("outer-products.golden"));
        assertThat(KernelCode.lint(kernels, folder)).isGreaterThan(100);
    }
}
