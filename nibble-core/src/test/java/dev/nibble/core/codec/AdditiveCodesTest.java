package dev.nibble.core.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdditiveCodesTest {
    private final long seed = Long.getLong("nibble.seed", 42);
    private final Random random = new Random(seed);

    private float[] numbers(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }

    private AdditiveCodes learned(String name) {
        AdditiveCodes shape = AdditiveCodes.named(name).orElseThrow();
        return shape.with(numbers(shape.floats().length));
    }

    /** The formula of the class comment, index by index. */
    @ParameterizedTest
    @ValueSource(strings = {"AQLM-1x8-G8", "AQLM-2x8-G64", "AQLM-3x5-G40", "AQLM-1x12-G32", "AQLM-2x16-G16"})
    void decodesScaledSums(String name) {
        AdditiveCodes codec = learned(name);
        float[] vectors = codec.floats();
        int[] indices = new int[codec.blockSize() / 8 * codec.books()];
        for (int i = 0; i < indices.length; i++) {
            indices[i] = random.nextInt(1 << codec.bits());
        }
        MemorySegment bytes = MemorySegment.ofArray(new byte[codec.blockBytes()]);
        codec.write(bytes, 0, 0.375f, indices, 0);
        float[] decoded = new float[codec.blockSize()];
        codec.decode(bytes, 0, decoded, 0, decoded.length);
        for (int i = 0; i < decoded.length; i++) {
            float sum = 0;
            for (int book = 0; book < codec.books(); book++) {
                sum += vectors[((book << codec.bits()) + indices[i / 8 * codec.books() + book]) * 8 + i % 8];
            }
            assertThat(decoded[i]).as("seed %d", seed).isEqualTo(sum * 0.375f);
        }
    }

    @Test
    void aBlockDecodesToWhatItSaidAndOneCodebookIsSearchedForTheNearest() {
        for (String name : new String[]{"AQLM-1x6-G24", "AQLM-2x8-G64"}) {
            AdditiveCodes codec = learned(name);
            float[] numbers = numbers(codec.blockSize());
            Block block = codec.fit(numbers, 0, Importance.EQUAL);
            MemorySegment bytes = MemorySegment.ofArray(new byte[codec.blockBytes()]);
            block.write(bytes, 0);
            float[] decoded = new float[codec.blockSize()];
            codec.decode(bytes, 0, decoded, 0, decoded.length);
            for (int i = 0; i < decoded.length; i++) {
                assertThat(decoded[i]).isEqualTo(block.value(i));
            }
            if (codec.books() == 1) {
                float scale = codec.scale(bytes, 0);
                float[] vectors = codec.floats();
                for (int other = 0; other < 1 << codec.bits(); other++) {
                    assertThat(distance(numbers, decoded, 0, 1)).isLessThanOrEqualTo(1e-5 + distance(numbers, vectors, 8 * other, scale));
                }
            }
        }
    }

    private static double distance(float[] numbers, float[] others, int from, float scale) {
        double sum = 0;
        for (int d = 0; d < 8; d++) {
            sum += Math.pow(numbers[d] - scale * others[from + d], 2);
        }
        return sum;
    }

    @Test
    void isEqualIfItsVectorsAre() {
        AdditiveCodes codec = learned("AQLM-2x4-G16");
        assertThat(codec.with(codec.floats())).isEqualTo(codec).hasSameHashCodeAs(codec);
        float[] other = codec.floats();
        other[5]++;
        assertThat(codec.with(other)).isNotEqualTo(codec);
        assertThat(AdditiveCodes.named("AQLM-2x17-G16")).isEmpty();
        assertThat(AdditiveCodes.named("AQLM-2x8-G12")).isEmpty();
        assertThat(AdditiveCodes.unlearned(1, 16, 4096).bitsPerWeight()).isLessThan(2.01);
        assertThatThrownBy(() -> new AdditiveCodes(1, 8, 8, MemorySegment.ofArray(new byte[7]))).hasMessageContaining("7 bytes of vectors");
    }
}
