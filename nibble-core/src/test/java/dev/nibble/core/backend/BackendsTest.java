package dev.nibble.core.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.backend.reference.ReferenceBackend;
import dev.nibble.core.kernel.Backend;
import dev.nibble.core.kernel.MatMul;
import dev.nibble.core.kernel.Ops;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.error.UnsupportedException;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Choice of backends if one is unavailable or fails its self-test. */
class BackendsTest {
    private record Named(String name, Optional<String> unsupportedReason, Optional<String> selfTestFailure) implements Backend {
        @Override
        public Optional<MatMul> prepare(Tensor weight, Arena arena) {
            throw new AssertionError(name);
        }

        @Override
        public Ops ops(Supplier<Ops> rest) {
            throw new AssertionError(name);
        }
    }

    private static final Optional<String> NO = Optional.empty();
    private static final Backend ABSENT = new Named("absent", Optional.of("no such processor"), NO);
    private static final Backend WRONG = new Named("wrong", NO, Optional.of("known numbers wrong"));
    private static final Backend RIGHT = new Named("right", NO, NO);
    private static final Backend REFERENCE = new ReferenceBackend();

    @Test
    void oneThatFailsItsSelfTestIsPassedOverWithOneLine() {
        Backends found = Backends.detect(List.of(ABSENT, WRONG, RIGHT, REFERENCE));
        assertThat(found.usable()).containsExactly(RIGHT, REFERENCE);
        assertThat(found.unavailable()).containsExactly("no backend absent: no such processor", "no backend wrong: known numbers wrong");
        assertThat(Backends.detect(List.of(WRONG, REFERENCE)).name()).isEqualTo("reference");
    }

    @Test
    void forcedItIsRefusedEveryTime() {
        for (int attempt = 0; attempt < 2; attempt++) {
            assertThatThrownBy(() -> Backends.forced(List.of(WRONG, REFERENCE), "wrong")).isInstanceOf(UnsupportedException.class)
                    .hasMessageContaining("known numbers wrong");
        }
        assertThat(Backends.forced(List.of(WRONG, RIGHT, REFERENCE), "right").usable()).containsExactly(RIGHT, REFERENCE);
    }
}
