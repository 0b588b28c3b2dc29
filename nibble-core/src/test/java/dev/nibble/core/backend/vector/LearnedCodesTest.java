package dev.nibble.core.backend.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.codec.AdditiveCodes;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** Codecs with codebooks of one weight, released with its file. */
class LearnedCodesTest {
    @Test
    void aModelMayBeClosedAndOpenedAgain() {
        VectorBackend backend = new VectorBackend();
        for (int time = 0; time < 2; time++) {
            try (Arena file = Arena.ofShared()) {
                MemorySegment vectors = file.allocate(256 * 8 * Short.BYTES, Short.BYTES);
                AdditiveCodes codec = new AdditiveCodes(1, 8, 64, vectors);
                Tensor weight = new Tensor(codec, Shape.of(4, 64), file.allocate(codec.bytes(4 * 64), Short.BYTES));
                assertThat(backend.prepare(weight, file)).as("time " + time).isPresent();
            }
        }
    }
}
