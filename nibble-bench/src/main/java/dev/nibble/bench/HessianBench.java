package dev.nibble.bench;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.quantization.Hessian;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code hessian}: speed of accumulating a layer's Hessian, the main cost of GPTQ calibration. */
@Command(name = "hessian", mixinStandardHelpOptions = true)
final class HessianBench implements Callable<Integer> {
    @Option(names = "--columns", description = "inputs of the layer")
    private int columns = 5632;

    @Option(names = "--rows", description = "tokens at a time")
    private int rows = 512;

    @Option(names = "--threads")
    private int threads = 2;

    @Option(names = "--repeats")
    private int repeats = 9;

    @Override
    public Integer call() {
        Matrix inputs = Matrix.of(rows, columns);
        Random random = new Random(1);
        for (int i = 0; i < inputs.data().length; i++) {
            inputs.data()[i] = (float) random.nextGaussian();
        }
        double[] seconds = new double[repeats];
        Hessian hessian = new Hessian(columns);
        try (Workers workers = Workers.of(threads)) {
            for (int repeat = 0; repeat < repeats; repeat++) {
                long start = System.nanoTime();
                hessian.observe(inputs, workers);
                seconds[repeat] = (System.nanoTime() - start) / 1e9;
            }
        }
        double products = rows * (columns + 1.0) * columns / 2;
        double first = seconds[0];
        Arrays.sort(seconds);
        System.out.printf("%d columns, %d rows, %d threads: first %.3f s, median %.3f s, %.1f billion multiply-adds/s%n", columns, rows,
                threads, first, seconds[repeats / 2], products / seconds[repeats / 2] / 1e9);
        return 0;
    }
}
