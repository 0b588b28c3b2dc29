package dev.nibble.core.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.Q8_0;
import dev.nibble.core.kernel.HeadAttention;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Ops;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.x86.machine.Machine;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Attention on every backend of machine code: against sums in double, and bit-identical alone and in a batch. */
class HeadAttentionTest {
    private static final int PAGE = 128;
    private static final int ALL = Integer.MAX_VALUE;
    private static final double TOLERANCE = 2e-6;

    private final long seed = Long.getLong("nibble.seed", 7);
    private final Random random = new Random(seed);

    /** Forms of attention that backends of machine code must have kernels for, if the processor supports them. */
    static Stream<Arguments> forms() {
        assumeTrue(Machine.detected().features().avx2(), "the processor has no AVX2");
        List<Arguments> forms = new ArrayList<>();
        for (Ops ops : Backends.detect().usable().stream().filter(backend -> backend.name().startsWith("x86"))
                .map(backend -> backend.ops(HeadAttentionTest::none)).toList()) {
            for (Codec codec : List.of(Plain.F16, Plain.F32, Q8_0.Q8_0)) {
                for (int headSize : Stream.of(16, 48, 64, 80, 128, 256).filter(size -> size % codec.blockSize() == 0).toList()) {
                    forms.add(Arguments.of(ops, codec, headSize));
                }
            }
        }
        return forms.stream();
    }

    private static Ops none() {
        throw new AssertionError("attention as a whole needs no other backend");
    }

    /** Keys and values of some positions, in memory and as floats. */
    private record Cache(List<MemorySegment> keys, List<MemorySegment> values, float[] keyNumbers, float[] valueNumbers) {}

    private Cache cache(Codec codec, int headSize, int positions) {
        int pages = Math.ceilDiv(positions, PAGE);
        List<MemorySegment> keys = new ArrayList<>();
        List<MemorySegment> values = new ArrayList<>();
        float[] keyNumbers = new float[pages * PAGE * headSize];
        float[] valueNumbers = new float[pages * PAGE * headSize];
        for (int page = 0; page < pages; page++) {
            keys.add(page(codec, headSize, page, keyNumbers));
            values.add(page(codec, headSize, page, valueNumbers));
        }
        return new Cache(keys, values, keyNumbers, valueNumbers);
    }

    private MemorySegment page(Codec codec, int headSize, int page, float[] numbers) {
        int count = PAGE * headSize;
        float[] own = new float[count];
        for (int i = 0; i < count; i++) {
            own[i] = (float) random.nextGaussian();
        }
        MemorySegment stored = Arena.ofAuto().allocate(codec.bytes(count), 64);
        codec.encode(own, 0, count, Importance.EQUAL, stored, 0);
        codec.decode(stored, 0, numbers, page * count, count);
        return stored;
    }

    @ParameterizedTest(name = "{1} {2}")
    @MethodSource("forms")
    void isTheMeanOfTheValuesSeen(Ops ops, Codec codec, int headSize) {
        Cache cache = cache(codec, headSize, 400);
        for (int[] form : new int[][]{{0, 1, 1, ALL}, {0, 37, 2, ALL}, {127, 2, 3, ALL}, {299, 5, 7, ALL}, {250, 33, 1, 40}, {350, 9, 4, 1},
            {128, 1, 8, 128}}) {
            HeadAttention task = task(codec, headSize, cache, form[0], form[1], form[2], form[3], 3f / headSize);
            compute(ops, task);
            check(task, cache, Arrays.toString(form));
        }
    }

    @ParameterizedTest(name = "{1} {2}")
    @MethodSource("forms")
    void givesAPositionTheSameAloneAndWithOthers(Ops ops, Codec codec, int headSize) {
        Cache cache = cache(codec, headSize, 400);
        HeadAttention together = task(codec, headSize, cache, 120, 150, 2, 90, 0.5f);
        compute(ops, together);
        for (int row : new int[]{0, 7, 8, 9, 100, 149}) {
            Matrix mixed = Matrix.of(1, 2 * headSize);
            Matrix query = together.queries().slice(row, 1);
            compute(ops, new HeadAttention(together.pages(), new HeadAttention.QueryShape(120 + row, 1, 2, 0, 0), 90, together.scaling(),
                    query, mixed));
            int at = together.mixed().at(row);
            assertThat(mixed.data()).as("row %d, seed %d", row, seed)
                    .isEqualTo(Arrays.copyOfRange(together.mixed().data(), at, at + 2 * headSize));
        }
    }

    @ParameterizedTest(name = "{1} {2}")
    @MethodSource("forms")
    void capsScoresLowersThemWithDistanceAndSharesWithSinks(Ops ops, Codec codec, int headSize) {
        Cache cache = cache(codec, headSize, 400);
        for (float softCap : new float[]{0, 1, 30}) {
            for (List<Float> slopes : List.of(List.<Float>of(), List.of(0.5f, 0.0625f, 0f))) {
                HeadAttention plain = task(codec, headSize, cache, 250, 9, 3, 200, 6f / headSize);
                HeadAttention.Scaling scaling = new HeadAttention.Scaling(plain.scaling().scale(), softCap, slopes,
                        slopes.isEmpty() ? List.of() : List.of(2f, -1f, 0.5f));
                HeadAttention task = new HeadAttention(plain.pages(), plain.shape(), 200, scaling, plain.queries(), plain.mixed());
                compute(ops, task);
                check(task, cache, "cap " + softCap + ", slopes " + slopes);
            }
        }
    }

    /** Scores whose differences make powers of e leave the floats. */
    @ParameterizedTest(name = "{1} {2}")
    @MethodSource("forms")
    void staysFiniteForLargeScores(Ops ops, Codec codec, int headSize) {
        Cache cache = cache(codec, headSize, 300);
        HeadAttention task = task(codec, headSize, cache, 290, 3, 2, ALL, 1000);
        compute(ops, task);
        check(task, cache, "large");
    }

    @ParameterizedTest(name = "{1} {2}")
    @MethodSource("forms")
    void letsNaNThrough(Ops ops, Codec codec, int headSize) {
        Cache cache = cache(codec, headSize, 300);
        HeadAttention task = task(codec, headSize, cache, 290, 3, 2, ALL, 1);
        task.queries().data()[task.queries().at(1) + 1] = Float.NaN;
        compute(ops, task);
        assertThat(task.mixed().data()[task.mixed().at(1)]).isNaN();
        assertThat(task.mixed().data()[task.mixed().at(2)]).isNotNaN();
    }

    private HeadAttention task(Codec codec, int headSize, Cache cache, int first, int rows, int group, int window, float scale) {
        Matrix queries = Matrix.of(rows, group * headSize);
        for (int i = 0; i < queries.data().length; i++) {
            queries.data()[i] = (float) random.nextGaussian();
        }
        return new HeadAttention(new HeadAttention.KeyValuePages(cache.keys::get, cache.values::get, codec, PAGE, headSize),
                new HeadAttention.QueryShape(first, rows, group, 0, 0), window, new HeadAttention.Scaling(scale, 0, List.of(), List.of()),
                queries, Matrix.of(rows, group * headSize));
    }

    private static void compute(Ops ops, HeadAttention task) {
        assertThat(ops.attend(task)).as("there is a kernel for %s, heads of %d", task.pages().codec(), task.pages().headSize()).isTrue();
    }

    private void check(HeadAttention task, Cache cache, String what) {
        int size = task.pages().headSize();
        for (int row = 0; row < task.shape().rows(); row++) {
            for (int head = 0; head < task.shape().group(); head++) {
                int at = task.queries().at(row) + head * size;
                double[] expected = mean(task, cache, row, head, at);
                for (int d = 0; d < size; d++) {
                    assertThat((double) task.mixed().data()[at + d]).as("%s, row %d, head %d, number %d, seed %d", what, row, head, d, seed)
                            .isCloseTo(expected[d],
                                    within(TOLERANCE * Math.max(1, task.scaling().scale() * size + task.scaling().softCap())));
                }
            }
        }
    }

    private static double[] mean(HeadAttention task, Cache cache, int row, int head, int at) {
        int size = task.pages().headSize();
        double[] scores = new double[task.to(row)];
        double largest = Double.NEGATIVE_INFINITY;
        for (int position = task.from(row); position < scores.length; position++) {
            double score = 0;
            for (int d = 0; d < size; d++) {
                score += (double) task.queries().data()[at + d] * cache.keyNumbers[position * size + d];
            }
            score *= task.scaling().scale();
            if (task.scaling().softCap() != 0) {
                score = task.scaling().softCap() * Math.tanh(score / task.scaling().softCap());
            }
            scores[position] = score
                    + (task.scaling().slopes().isEmpty() ? 0 : task.scaling().slopes().get(head) * (position - task.to(row) + 1));
            largest = Math.max(largest, scores[position]);
        }
        double[] mean = new double[size];
        double sum = task.scaling().sinks().isEmpty() ? 0 : Math.exp(task.scaling().sinks().get(head) - largest);
        for (int position = task.from(row); position < scores.length; position++) {
            double weight = Math.exp(scores[position] - largest);
            sum += weight;
            for (int d = 0; d < size; d++) {
                mean[d] += weight * cache.valueNumbers[position * size + d];
            }
        }
        for (int d = 0; d < size; d++) {
            mean[d] /= sum;
        }
        return mean;
    }
}
