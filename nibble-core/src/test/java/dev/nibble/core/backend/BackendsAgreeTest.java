package dev.nibble.core.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nibble.core.backend.x86.X86Backend;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.kernel.Backend;
import dev.nibble.core.kernel.MatMul;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Operations whose results are bit-identical with every instruction set. */
class BackendsAgreeTest {
    private static final int ROWS = 83;

    private final long seed = Long.getLong("nibble.seed", 3);
    private final Random random = new Random(seed);

    static Stream<Codec> codecs() {
        return TestedCodecs.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("codecs")
    void avx2GivesTheBitsOfAvx512(Codec codec) {
        agree(codec, X86Backend.avx512(), X86Backend.avx2());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("plain")
    void machineCodeGivesTheBitsOfTheVectorApi(Codec codec) {
        Backend vector = Backends.ALL.stream().filter(backend -> backend.name().equals("vector")).findFirst().orElseThrow();
        agree(codec, X86Backend.avx2(), vector);
    }

    static Stream<Codec> plain() {
        return Stream.of(Plain.F32, Plain.F16, Plain.BF16);
    }

    private void agree(Codec codec, Backend one, Backend other) {
        assumeTrue(one.unsupportedReason().isEmpty() && other.unsupportedReason().isEmpty(), "both must run here");
        int columns = Math.ceilDiv(768, codec.blockSize()) * codec.blockSize();
        Tensor weight = Weights.random(codec, ROWS, columns, random);
        try (Arena arena = Arena.ofConfined()) {
            var first = one.prepare(weight, arena);
            assumeTrue(first.isPresent(), "no kernel for " + codec.name());
            for (int tokens : List.of(1, 3, 4, 5, 12, 31)) {
                Matrix x = Weights.activations(tokens, columns, random);
                assertThat(product(first.get(), x)).as("%s, %d tokens, seed %d", codec.name(), tokens, seed)
                        .isEqualTo(product(other.prepare(weight, arena).orElseThrow(), x));
            }
        }
    }

    private static float[] product(MatMul kernel, Matrix x) {
        Matrix y = Matrix.of(x.rows(), ROWS);
        kernel.multiply(x, y, 0, ROWS);
        return y.data();
    }
}
