package dev.nibble.core.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Properties of the IQ types beyond the contract of all codecs. */
class LatticeTest {
    static final List<Codec> CODECS = Codecs.ALL.stream().filter(codec -> codec.name().startsWith("IQ")).toList();
    private static final int SIZE = 256;
    private static final int GROUP = 32;

    private final long seed = Long.getLong("nibble.seed", 42);
    private final Random random = new Random(seed);

    /** IQ3_S without importance depends on the group alone and on the largest scale of all. */
    @Test
    void zerosInOneGroupLeaveTheOthersAsTheyAre() {
        float[] numbers = gaussian();
        numbers[SIZE - 1] = 10; // the last group keeps the largest scale
        float[] before = decoded(IQ3_S.IQ3_S, numbers, Importance.EQUAL);
        for (int group = 0; group < SIZE / GROUP - 1; group++) {
            float[] changed = numbers.clone();
            Arrays.fill(changed, group * GROUP, (group + 1) * GROUP, 0);
            float[] after = decoded(IQ3_S.IQ3_S, changed, Importance.EQUAL);
            for (int i = 0; i < SIZE; i++) {
                if (i / GROUP != group) {
                    assertThat(after[i]).as("group %d zero, number %d, seed %d", group, i, seed).isEqualTo(before[i]);
                }
            }
        }
    }

    @ParameterizedTest
    @FieldSource("CODECS")
    void zerosInOneGroupDoNotHarmTheOthers(Codec codec) {
        float[] numbers = gaussian();
        float[] weights = new float[SIZE];
        for (int i = 0; i < SIZE; i++) {
            weights[i] = 0.5f + random.nextFloat();
        }
        for (int group = 0; group < SIZE / GROUP; group++) {
            float[] changed = numbers.clone();
            Arrays.fill(changed, group * GROUP, (group + 1) * GROUP, 0);
            for (Importance importance : List.of(Importance.EQUAL, Importance.ofColumns(weights))) {
                double before = errorOutside(group, numbers, decoded(codec, numbers, importance));
                double after = errorOutside(group, changed, decoded(codec, changed, importance));
                assertThat(after).as("%s, group %d, seed %d", codec, group, seed).isLessThan(1.2 * before);
            }
        }
    }

    @ParameterizedTest
    @FieldSource("CODECS")
    void encodesAnything(Codec codec) {
        float[] odd = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE,
            -0f, 1e-20f, 1e20f, 1};
        float[] zeros = new float[SIZE];
        for (int trial = 0; trial < 50; trial++) {
            float[] numbers = gaussian();
            int every = 1 << random.nextInt(9);
            float special = odd[trial % odd.length];
            for (int i = random.nextInt(every); i < SIZE; i += every) {
                numbers[i] = special;
            }
            for (Importance importance : List.of(Importance.EQUAL, Importance.ofColumns(zeros))) {
                assertThat(decoded(codec, numbers, importance)).as("%s, %s, seed %d", codec, special, seed).hasSize(SIZE);
            }
        }
    }

    /** No other value of the position is nearer. */
    @ParameterizedTest
    @FieldSource("CODECS")
    void choosesTheNearest(Codec codec) {
        for (int trial = 0; trial < 10; trial++) {
            Block block = codec.fit(gaussian(), 0, Importance.EQUAL);
            int i = random.nextInt(codec.blockSize() / block.dimension()) * block.dimension();
            float[] wanted = gaussian();
            block.choose(i, wanted, i);
            double error = error(block, i, wanted);
            for (int other = 0; other < 50; other++) {
                float[] numbers = gaussian();
                for (int j = i; j < i + block.dimension(); j++) {
                    numbers[j] = 0.3f * numbers[j] + wanted[j];
                }
                block.choose(i, numbers, i);
                assertThat(error(block, i, wanted)).as("%s, seed %d", codec, seed).isGreaterThanOrEqualTo(error * (1 - 1e-5));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"iq1, 3", "iq2xxs, 2", "iq2xs, 2", "iq2s, 1", "iq3xxs, 2", "iq3s, 3"})
    void listsTheNearestPointsInOrder(String name, int shells) {
        Grid grid = Grid.load(name);
        GridSearch search = new GridSearch(grid, shells);
        byte[] levels = new byte[grid.dimension()];
        for (int trial = 0; trial < 200; trial++) {
            for (int j = 0; j < levels.length; j++) {
                levels[j] = (byte) random.nextInt(grid.topLevel() + 1);
            }
            int[] nearest = IntStream.range(0, grid.points()).boxed()
                    .sorted(Comparator.comparingInt(point -> distance(grid, point, levels)))
                    .mapToInt(point -> point).toArray();
            int number = search.number(levels, 0);
            if (search.point(number) >= 0) {
                assertThat(search.point(number)).isEqualTo(nearest[0]);
                assertThat(distance(grid, nearest[0], levels)).isZero();
                continue;
            }
            assertThat(distance(grid, nearest[0], levels)).isPositive();
            int[] limits = IntStream.of(nearest).map(point -> distance(grid, point, levels)).distinct().limit(shells).toArray();
            int[] expected = IntStream.of(nearest).filter(point -> distance(grid, point, levels) <= limits[shells - 1]).toArray();
            int[] listed = IntStream.range(0, search.neighbours(number)).map(i -> search.neighbour(number, i)).toArray();
            assertThat(listed).as("%s, seed %d", name, seed).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
    void roundsToTheNearerLevel(int code) {
        float middle = NonLinearLevels.threshold(code);
        assertThat(middle - NonLinearLevels.level(code - 1)).isEqualTo(NonLinearLevels.level(code) - middle);
        assertThat(NonLinearLevels.code(middle)).isEqualTo(code);
        assertThat(NonLinearLevels.code(Math.nextDown(middle))).isEqualTo(code - 1);
        assertThat(NonLinearLevels.code(NonLinearLevels.level(code))).isEqualTo(code);
    }

    private static int distance(Grid grid, int point, byte[] levels) {
        int distance = 0;
        for (int j = 0; j < levels.length; j++) {
            int difference = grid.levels()[point * levels.length + j] - levels[j];
            distance += difference * difference;
        }
        return distance;
    }

    private static double error(Block block, int from, float[] numbers) {
        double error = 0;
        for (int i = from; i < from + block.dimension(); i++) {
            error += Math.pow(block.value(i) - numbers[i], 2);
        }
        return error;
    }

    private static double errorOutside(int group, float[] numbers, float[] decoded) {
        double error = 0;
        for (int i = 0; i < SIZE; i++) {
            error += i / GROUP == group ? 0 : Math.pow(decoded[i] - numbers[i], 2);
        }
        return error;
    }

    private float[] gaussian() {
        float[] numbers = new float[SIZE];
        for (int i = 0; i < SIZE; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }

    private static float[] decoded(Codec codec, float[] numbers, Importance importance) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[Math.toIntExact(codec.bytes(SIZE))]);
        codec.encode(numbers, 0, SIZE, importance, bytes, 0);
        float[] decoded = new float[SIZE];
        codec.decode(bytes, 0, decoded, 0, SIZE);
        return decoded;
    }
}
