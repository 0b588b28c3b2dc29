package dev.nibble.core.codec.encode;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nibble.core.codec.Codecs;
import dev.nibble.core.codec.Q4_K;
import dev.nibble.core.codec.RowEncoder;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Choice of the encoder; the build also runs this class in a JVM without the vector module. */
class RowEncodersTest {
    static final List<Codec> CODECS = Codecs.ALL;
    private static final int COUNT = 1024;

    @ParameterizedTest
    @FieldSource("CODECS")
    void encodesWithEveryCodec(Codec codec) {
        float[] numbers = bell();
        Importance importance = Importance.ofColumns(bell());
        assertThat(encode(RowEncoders.of(codec), codec, numbers, importance)).isEqualTo(encode(codec::encode, codec, numbers, importance));
        assertThat(encode(RowEncoders.plain(codec), codec, numbers, importance)).isEqualTo(encode(codec::encode, codec, numbers,
                importance));
    }

    @Test
    void isPlainWithoutVectors() {
        assumeTrue("0".equals(System.getProperty("nibble.vector.bits")), "this JVM was not started to be without vectors");
        assertThat(ModuleLayer.boot().findModule("jdk.incubator.vector")).isEmpty();
        assertThat(RowEncoders.of(Q4_K.Q4_K)).hasSameClassAs(RowEncoders.plain(Q4_K.Q4_K));
    }

    private static byte[] encode(RowEncoder encoder, Codec codec, float[] numbers, Importance importance) {
        MemorySegment target = MemorySegment.ofArray(new byte[Math.toIntExact(codec.bytes(COUNT))]);
        encoder.encode(numbers, 0, COUNT, importance, target, 0);
        return target.toArray(JAVA_BYTE);
    }

    private static float[] bell() {
        Random random = new Random(5);
        float[] numbers = new float[COUNT];
        for (int i = 0; i < COUNT; i++) {
            numbers[i] = (float) Math.abs(random.nextGaussian());
        }
        return numbers;
    }
}
