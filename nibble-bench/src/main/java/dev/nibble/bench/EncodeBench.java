package dev.nibble.bench;

import dev.nibble.core.codec.Codecs;
import dev.nibble.core.codec.RowEncoder;
import dev.nibble.core.codec.encode.RowEncoders;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code encode}: speed of the plain and the fast encoders, with one thread and with two, in millions of weights per second. "Cold" is the
 * first repeat, "warm" the median of the rest. The rate by the threads' own processor time is printed too, since other programs disturb it
 * less.
 */
@Command(name = "encode", mixinStandardHelpOptions = true)
final class EncodeBench implements Callable<Integer> {
    @Parameters(index = "0", arity = "0..1", description = "name of the codec")
    private String codecName = "Q4_K";

    @Parameters(index = "1", arity = "0..1", description = "rows for each thread")
    private int rows = 2048;

    @Parameters(index = "2", arity = "0..1", description = "numbers in a row")
    private int columns = 2048;

    @Option(names = "--importance", description = "with importance weights")
    private boolean weighted;

    @Option(names = "--repeats")
    private int repeats = 9;

    /** One repeat: seconds by the wall clock, and of processor time in all threads. */
    private record Time(double wall, double processor) {}

    @Override
    public Integer call() throws Exception {
        Codec codec = Codecs.named(codecName);
        System.out.printf("%s%s, %d x %d, million numbers/s%n", codec.name(), weighted ? " with importance" : "", rows, columns);
        System.out.println("version threads    cold    warm   warm by processor time, each thread");
        for (int threads = 1; threads <= 2; threads++) {
            measure("fast", RowEncoders::of, codec, threads);
        }
        for (int threads = 1; threads <= 2; threads++) {
            measure("plain", RowEncoders::plain, codec, threads);
        }
        return 0;
    }

    private void measure(String version, Function<Codec, RowEncoder> encoder, Codec codec, int threads) throws Exception {
        double millions = threads * (double) rows * columns / 1e6;
        double[] walls = new double[repeats];
        double[] processors = new double[repeats];
        try (Arena arena = Arena.ofShared()) {
            MemorySegment target = arena.allocate(codec.bytes((long) threads * rows * columns));
            float[] numbers = bell(rows * columns);
            for (int repeat = 0; repeat < repeats; repeat++) {
                Time time = encode(encoder, codec, threads, numbers, target);
                walls[repeat] = time.wall;
                processors[repeat] = time.processor;
            }
        }
        System.out.printf("%-7s %7d %7.1f %7.1f %7.1f%n", version, threads, millions / walls[0], millions / medianOfWarm(walls), millions
                / medianOfWarm(processors));
    }

    /** The processor time of the result is the sum over the threads, so the rate is per thread. */
    private Time encode(Function<Codec, RowEncoder> encoder, Codec codec, int threads, float[] numbers, MemorySegment target)
            throws Exception {
        Importance importance = weighted ? importance() : Importance.EQUAL;
        CyclicBarrier start = new CyclicBarrier(threads + 1);
        @SuppressWarnings({"unchecked", "rawtypes"})
        FutureTask<Double>[] tasks = new FutureTask[threads];
        for (int thread = 0; thread < threads; thread++) {
            long offset = codec.bytes((long) thread * rows * columns);
            tasks[thread] = new FutureTask<>(() -> {
                RowEncoder own = encoder.apply(codec);
                start.await();
                long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
                for (int row = 0; row < rows; row++) {
                    own.encode(numbers, row * columns, columns, importance, target, offset + row * codec.bytes(columns));
                }
                return (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before) / 1e9;
            });
            Thread.ofPlatform().start(tasks[thread]);
        }
        start.await();
        long before = System.nanoTime();
        double processor = 0;
        for (FutureTask<Double> task : tasks) {
            processor += task.get();
        }
        return new Time((System.nanoTime() - before) / 1e9, processor);
    }

    private static double medianOfWarm(double[] times) {
        double[] warm = Arrays.copyOfRange(times, Math.min(1, times.length - 1), times.length);
        Arrays.sort(warm);
        return warm[warm.length / 2];
    }

    private static float[] bell(int count) {
        Random random = new Random(1);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) (0.02 * random.nextGaussian());
        }
        return numbers;
    }

    private Importance importance() {
        Random random = new Random(2);
        float[] weights = new float[columns];
        for (int i = 0; i < columns; i++) {
            weights[i] = (float) Math.exp(random.nextGaussian());
        }
        return Importance.ofColumns(weights);
    }
}
