package dev.nibble.bench;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.nibble.core.backend.Backends;
import dev.nibble.core.codec.Codecs;
import dev.nibble.core.kernel.Backend;
import dev.nibble.core.kernel.MatMul;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code matmul}: speed of the backends' products, compared with a pure read of the same bytes: one matrix after the other, more than fit
 * the caches, as a model does for a token. "Cold" is the first pass, before JIT compilation; the others are medians and bests after some
 * seconds, with one thread also by its own processor time, which other programs disturb less.
 */
@Command(name = "matmul", mixinStandardHelpOptions = true)
final class MatMulBench implements Callable<Integer> {
    @Option(names = "--codec", split = ",", defaultValue = "Q4_0,Q8_0,Q4_K,Q6_K")
    private List<String> codecs;

    @Option(names = "--rows", defaultValue = "4096")
    private int rows;

    @Option(names = "--columns", defaultValue = "4096")
    private int columns;

    @Option(names = "--matrices", defaultValue = "32")
    private int matrices;

    @Option(names = "--tokens", split = ",", defaultValue = "1,512")
    private List<Integer> tokens;

    @Option(names = "--threads", split = ",", defaultValue = "1,2")
    private List<Integer> threads;

    @Option(names = "--backend", split = ",", description = "default: all, and a pure read")
    private List<String> names = List.of();

    @Option(names = "--repeats", defaultValue = "11")
    private int repeats;

    @Option(names = "--warm", description = "seconds before measuring", defaultValue = "6")
    private double warm;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private interface Pass {
        void run(Workers workers, int matrix);
    }

    @Override
    public Integer call() {
        System.out.printf("%d matrices of %d x %d, median and best of %d; GB/s of weights%n", matrices, rows, columns, repeats);
        System.out.println("codec    backend    tokens threads  cold GB/s  median   best  by CPU  GFLOP/s  by CPU");
        for (String name : codecs) {
            try (Arena arena = Arena.ofShared()) {
                measure(Codecs.named(name), arena);
            }
        }
        return 0;
    }

    private void measure(Codec codec, Arena arena) {
        List<Tensor> weights = weights(codec, arena);
        for (Backend backend : Backends.detect().usable()) {
            if (names.isEmpty() || names.contains(backend.name())) {
                List<MatMul> kernels = weights.stream().map(weight -> backend.prepare(weight, arena).orElseThrow()).toList();
                for (int count : tokens) {
                    boolean slow = backend.name().equals("reference");
                    measure(codec, backend.name(), count, slow, multiplication(kernels, count));
                }
            }
        }
        if (names.isEmpty() || names.contains("read")) {
            measure(codec, "read", 0, false, reading(weights));
        }
    }

    private Pass multiplication(List<MatMul> kernels, int count) {
        Matrix x = Matrix.of(count, columns);
        Random random = new Random(1);
        for (int i = 0; i < x.data().length; i++) {
            x.data()[i] = (float) random.nextGaussian();
        }
        Matrix y = Matrix.of(count, rows);
        return (workers, matrix) -> {
            MatMul kernel = kernels.get(matrix);
            workers.run(rows, kernel.grain(), (from, to) -> kernel.multiply(x, y, from, to));
        };
    }

    private Pass reading(List<Tensor> weights) {
        long[] sums = new long[rows];
        return (workers, matrix) -> workers.run(rows, 16, (from, to) -> sums[from] += sum(weights.get(matrix), from, to));
    }

    private static long sum(Tensor weight, int from, int to) {
        MemorySegment data = weight.data().asSlice(from * weight.rowBytes(), (to - from) * weight.rowBytes());
        long sum = 0;
        for (long i = 0; i < data.byteSize() / Long.BYTES; i++) {
            sum += data.get(JAVA_LONG_UNALIGNED, i * Long.BYTES);
        }
        return sum;
    }

    private void measure(Codec codec, String name, int count, boolean slow, Pass pass) {
        int passes = slow ? 1 : count > 3 ? Math.max(1, matrices * 4 / count) : matrices;
        for (int team : threads) {
            try (Workers workers = Workers.of(team)) {
                double cold = seconds(workers, pass, passes);
                long end = System.nanoTime() + (long) ((slow ? 0 : warm) * 1e9);
                while (System.nanoTime() < end) {
                    seconds(workers, pass, passes);
                }
                double[] times = new double[slow ? 3 : repeats];
                double[] own = new double[times.length];
                for (int i = 0; i < times.length; i++) {
                    long before = THREADS.getCurrentThreadCpuTime();
                    times[i] = seconds(workers, pass, passes);
                    own[i] = team == 1 ? (THREADS.getCurrentThreadCpuTime() - before) / 1e9 : Double.NaN;
                }
                Arrays.sort(times);
                Arrays.sort(own);
                double bytes = passes * (double) codec.bytes((long) rows * columns) / 1e9;
                double operations = 2.0 * passes * rows * columns * count / 1e9;
                int middle = times.length / 2;
                System.out.printf("%-8s %-10s %6d %7d %10.2f %7.2f %6.2f %7.2f %8.1f %7.1f%n", codec.name(), name, count, team, bytes
                        / cold, bytes / times[middle], bytes / times[0], bytes / own[middle], operations / times[middle],
                        operations
                                / own[middle]);
            }
        }
    }

    private static double seconds(Workers workers, Pass pass, int passes) {
        long before = System.nanoTime();
        for (int matrix = 0; matrix < passes; matrix++) {
            pass.run(workers, matrix);
        }
        return (System.nanoTime() - before) / 1e9;
    }

    /** Copies of one matrix at different addresses. */
    private List<Tensor> weights(Codec codec, Arena arena) {
        byte[] row = new byte[Math.toIntExact(codec.bytes(columns))];
        float[] numbers = new float[columns];
        float[] ones = new float[columns];
        Arrays.fill(ones, 1);
        Random random = new Random(2);
        List<Tensor> weights = new ArrayList<>();
        for (int matrix = 0; matrix < matrices; matrix++) {
            MemorySegment data = arena.allocate((long) rows * row.length, 64);
            for (int i = 0; i < rows; i++) {
                if (matrix == 0 && i < 64) {
                    for (int j = 0; j < columns; j++) {
                        numbers[j] = (float) (0.02 * random.nextGaussian());
                    }
                    codec.encode(numbers, 0, columns, Importance.ofColumns(ones), MemorySegment.ofArray(row), 0);
                    MemorySegment.copy(row, 0, data, JAVA_BYTE, (long) i * row.length, row.length);
                } else {
                    MemorySegment first = weights.isEmpty() ? data : weights.getFirst().data();
                    MemorySegment.copy(first, i % 64 * (long) row.length, data, (long) i * row.length, row.length);
                }
            }
            weights.add(new Tensor(codec, Shape.of(rows, columns), data));
        }
        return weights;
    }
}
