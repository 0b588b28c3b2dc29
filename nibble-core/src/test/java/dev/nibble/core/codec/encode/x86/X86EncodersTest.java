package dev.nibble.core.codec.encode.x86;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.codec.Q6_K;
import dev.nibble.core.codec.RowEncoder;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Rejection of encoders that differ from their codec. */
class X86EncodersTest {
    private static final Codec CODEC = Q6_K.Q6_K;
    private static final RowEncoder PLAIN = CODEC::encode;

    private static X86Encoders.Way way(RowEncoder encoder) {
        float[] weights = new float[CODEC.blockSize()];
        Arrays.fill(weights, 2);
        return X86Encoders.Way.of(CODEC, List.of(), rest -> encoder, List.of(Importance.EQUAL, Importance.ofColumns(weights)));
    }

    private static void encodeWrongly(float[] numbers, int from, int count, Importance importance, MemorySegment target, long at) {
        PLAIN.encode(numbers, from, count, importance, target, at);
        if (importance != Importance.EQUAL) {
            target.set(JAVA_BYTE, at, (byte) ~target.get(JAVA_BYTE, at));
        }
    }

    @Test
    void oneThatIsWrongWithWeightsIsNeverUsed() {
        AtomicInteger calls = new AtomicInteger();
        X86Encoders.Way wrong = way((numbers, from, count, importance, target, at) -> {
            calls.incrementAndGet();
            encodeWrongly(numbers, from, count, importance, target, at);
        });
        for (int attempt = 0; attempt < 3; attempt++) {
            assertThat(wrong.make(() -> PLAIN)).isEmpty();
        }
        assertThat(calls).as("encoded once without and once with weights").hasValue(2);
    }

    @Test
    void oneThatIsRightIsUsed() {
        assertThat(way(PLAIN).make(() -> PLAIN)).contains(PLAIN);
    }
}
