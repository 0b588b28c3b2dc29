package dev.nibble.core.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What every codec keeps to. A codec gets here by being listed in {@link Codecs#ALL}. */
class CodecContractTest {
    static final List<Codec> CODECS = Codecs.ALL;
    private static final int TRIALS = 200;

    private final long seed = Long.getLong("nibble.seed", 42);
    private final Random random = new Random(seed);

    @ParameterizedTest
    @FieldSource("CODECS")
    void roundsWithinTheErrorItStates(Codec codec) {
        for (int trial = 0; trial < TRIALS; trial++) {
            float[] numbers = numbersOfManySizes(codec.blockSize());
            float[] decoded = decode(codec, codec.fit(numbers, 0, Importance.EQUAL));
            for (int i = 0; i < numbers.length; i++) {
                assertThat(decoded[i]).as("%s number %d, seed %d", codec.name(), i, seed).isCloseTo(numbers[i],
                        within((float) (codec.roundingError() * largest(numbers))));
            }
        }
    }

    @ParameterizedTest
    @FieldSource("CODECS")
    void decodesWhatTheBlockSaidItWould(Codec codec) {
        for (int trial = 0; trial < TRIALS; trial++) {
            Block block = codec.fit(numbersOfManySizes(codec.blockSize()), 0, Importance.EQUAL);
            float[] decoded = decode(codec, block);
            for (int i = 0; i < decoded.length; i++) {
                assertThat(decoded[i]).as("%s number %d, seed %d", codec.name(), i, seed).isEqualTo(block.value(i));
            }
        }
    }

    private float[] numbersOfManySizes(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) Math.scalb(random.nextGaussian(), random.nextInt(-8, 8));
        }
        return numbers;
    }

    private static float[] decode(Codec codec, Block block) {
        MemorySegment bytes = Arena.ofAuto().allocate(codec.blockBytes());
        block.write(bytes, 0);
        float[] numbers = new float[codec.blockSize()];
        codec.decode(bytes, 0, numbers, 0, numbers.length);
        return numbers;
    }

    private static float largest(float[] numbers) {
        float largest = 0;
        for (float number : numbers) {
            largest = Math.max(largest, Math.abs(number));
        }
        return largest;
    }
}
