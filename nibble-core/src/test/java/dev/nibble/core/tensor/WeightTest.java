package dev.nibble.core.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nibble.core.codec.Plain;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WeightTest {
    private static final int COLUMNS = 16;
    private final long seed = Long.getLong("nibble.seed", 42);
    private final Random random = new Random(seed);

    /** The stored row times the transformed input equals the decoded row times the input, for any transforms. */
    @Test
    void readsTheRowThatTheModelSees() {
        float[] stored = numbers();
        float[] input = numbers();
        float[] signs = new float[COLUMNS];
        for (int i = 0; i < COLUMNS; i++) {
            signs[i] = random.nextBoolean() ? 1 : -1;
        }
        int[] order = {3, 0, 2, 1, 7, 5, 6, 4, 15, 14, 13, 12, 8, 9, 11, 10};
        Transform permutation = new Transform.Permutation(order);
        Transform scale = new Transform.ChannelScale(numbers());
        Transform hadamard = new Transform.Hadamard(8, signs);
        Transform kronecker = new Transform.Kronecker(new byte[][]{{1, -1}, {1, 1}}, 8);
        for (List<Transform> transforms : List.of(List.<Transform>of(), List.of(permutation), List.of(scale), List.of(hadamard),
                List.of(permutation, scale, hadamard), List.of(hadamard, permutation), List.of(hadamard, kronecker))) {
            Weight weight = new Weight(new Tensor(Plain.F32, Shape.of(1, COLUMNS), encoded(stored)), transforms);
            float[] seen = new float[COLUMNS + 1];
            weight.read(0, seen, 1);
            float[] transformed = input;
            for (Transform transform : transforms) {
                float[] next = new float[COLUMNS];
                transform.apply(transformed, 0, next, 0);
                transformed = next;
            }
            assertThat(dot(seen, 1, input)).as("%s, seed %d", transforms, seed).isCloseTo(dot(stored, 0, transformed), within(1e-4));
        }
    }

    @Test
    void hadamardIsOrthonormal() {
        float[] ones = new float[COLUMNS];
        Arrays.fill(ones, 1);
        float[] out = new float[COLUMNS];
        new Transform.Hadamard(4, ones).apply(new float[]{1, 2, 3, 4, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}, 0, out, 0);
        assertThat(out).startsWith(5, -1, -2, 0, 0, 0, 0, 0, 0.5f, 0.5f, 0.5f, 0.5f);
    }

    @Test
    void kroneckerMixesStretches() {
        Transform kronecker = new Transform.Kronecker(new byte[][]{{1, -1}, {1, 1}}, 2);
        float half = (float) Math.sqrt(0.5);
        float[] out = new float[5];
        kronecker.apply(new float[]{9, 1, 2, 3, 5}, 1, out, 1);
        assertThat(out).containsExactly(new float[]{0, -2 * half, -3 * half, 4 * half, 7 * half}, within(1e-6f));
        kronecker.applyTransposed(new float[]{1, 2, 3, 5}, 0, out, 1);
        assertThat(out).containsExactly(new float[]{0, 4 * half, 7 * half, 2 * half, 3 * half}, within(1e-6f));
    }

    /** A layer with two of 5 stored outputs, and the first ten of {@code COLUMNS} stored inputs. */
    @Test
    void isPartOfWhatIsStored() {
        float[][] stored = {numbers(), numbers(), numbers(), numbers(), numbers()};
        float[] all = new float[5 * COLUMNS];
        for (int i = 0; i < all.length; i++) {
            all[i] = stored[i / COLUMNS][i % COLUMNS];
        }
        Weight whole = Weight.of(new Tensor(Plain.F32, Shape.of(5, COLUMNS), encoded(all)));
        Weight scaled = new Weight(whole.values(), List.of(), List.of(new Transform.ChannelScale(new float[]{1, 1, 1, 1, 1})),
                ActivationQuantization.NONE);
        Weight sliced = whole.rows(2, 2).columns(10);
        assertThat(sliced.values().rows()).isEqualTo(2);
        for (Weight part : List.of(sliced, scaled.rows(2, 2).columns(10), scaled.rows(new int[]{0, 4, 2, 3}).rows(2, 2).columns(10),
                scaled.rows(1, 4).rows(new int[]{1, 2}).columns(10))) {
            assertThat(List.of(part.rows(), part.columns())).containsExactly(2L, 10L);
            float[] row = new float[11];
            for (int i = 0; i < 2; i++) {
                part.read(i, row, 1);
                assertThat(Arrays.copyOfRange(row, 1, 11)).containsExactly(Arrays.copyOf(stored[2 + i], 10));
            }
        }
        assertThat(scaled.rows(new int[]{0, 4, 2, 3}).rows(2, 2).outputTransforms()).hasSize(2);
    }

    @Test
    void refusesTransformsOfOtherSizes() {
        Tensor values = new Tensor(Plain.F32, Shape.of(1, COLUMNS), encoded(numbers()));
        assertThatThrownBy(() -> new Weight(values, List.of(new Transform.ChannelScale(new float[4]))))
                .hasMessageContaining("a ChannelScale to 4 numbers where there are 16");
        assertThatThrownBy(() -> new Transform.Permutation(new int[]{0, 2})).hasMessageContaining("2 is out of range or double");
        assertThatThrownBy(() -> new Transform.Permutation(new int[]{1, 1})).hasMessageContaining("1 is out of range or double");
        assertThatThrownBy(() -> new Transform.Hadamard(3, new float[6])).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Transform.Padding(new int[]{0, 2}, 2)).hasMessageContaining("2 is out of range or double");
        assertThatThrownBy(() -> new Transform.Padding(new int[]{1, 1}, 2)).hasMessageContaining("1 is out of range or double");
        assertThatThrownBy(() -> new Transform.Kronecker(new byte[][]{{1, 1}, {1}}, 2)).hasMessageContaining("2 rows, and one of 1");
        assertThatThrownBy(() -> new Transform.Kronecker(new byte[][]{{1}}, 0)).hasMessageContaining("stretches of 0");
    }

    private float[] numbers() {
        float[] numbers = new float[COLUMNS];
        for (int i = 0; i < COLUMNS; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }

    private static MemorySegment encoded(float[] numbers) {
        MemorySegment data = MemorySegment.ofArray(new byte[4 * numbers.length]);
        Plain.F32.encode(numbers, 0, numbers.length, Importance.EQUAL, data, 0);
        return data;
    }

    private static double dot(float[] a, int from, float[] b) {
        double sum = 0;
        for (int i = 0; i < b.length; i++) {
            sum += (double) a[from + i] * b[i];
        }
        return sum;
    }
}
