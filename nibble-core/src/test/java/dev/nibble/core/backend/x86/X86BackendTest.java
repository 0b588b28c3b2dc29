package dev.nibble.core.backend.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nibble.core.backend.Backends;
import dev.nibble.core.backend.Weights;
import dev.nibble.core.codec.Q8_0;
import dev.nibble.core.kernel.MatMul;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.x86.machine.Isa;
import dev.nibble.core.x86.machine.Machine;
import dev.nibble.error.UnsupportedException;
import java.lang.foreign.Arena;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A machine that fails the self-test, and machine code that is switched off. */
class X86BackendTest {
    private final Tensor weight = Weights.random(Q8_0.Q8_0, 32, 64, new Random(1));

    @BeforeEach
    void needsAProcessor() {
        assumeTrue(Machine.detected().features().avx2(), "the processor has no AVX2");
    }

    @Test
    void kernelsThatFailedTheirTestAreNeverUsed() {
        AtomicInteger tests = new AtomicInteger();
        X86Backend wrong = new X86Backend(Isa.AVX2, preparing -> tests.incrementAndGet() > 1);
        try (Arena arena = Arena.ofShared()) {
            for (int attempt = 0; attempt < 3; attempt++) {
                assertThatThrownBy(() -> wrong.prepare(weight, arena)).isInstanceOf(UnsupportedException.class)
                        .hasMessageContaining("x86-avx2").hasMessageContaining("known numbers wrong");
                assertThatThrownBy(() -> wrong.ops(() -> null)).isInstanceOf(UnsupportedException.class);
                assertThat(wrong.selfTestFailure()).isPresent();
            }
        }
        assertThat(tests).hasValue(1);
    }

    @Test
    void theTestSeesASingleWrongNumber() {
        X86Backend right = X86Backend.avx2();
        try (Arena arena = Arena.ofShared()) {
            assertThat(SelfTest.passes((tensor, any) -> right.prepare(tensor, arena).orElseThrow(), Integer.MAX_VALUE)).isTrue();
            assertThat(SelfTest.passes((tensor, any) -> new OffByOne(right.prepare(tensor, arena).orElseThrow()), Integer.MAX_VALUE))
                    .isFalse();
        }
        assertThat(right.selfTestFailure()).isEmpty();
    }

    private record OffByOne(MatMul kernel) implements MatMul {
        @Override
        public void multiply(Matrix x, Matrix y, int from, int to) {
            kernel.multiply(x, y, from, to);
            y.data()[y.at(y.rows() - 1) + to - 1]++;
        }
    }

    @Test
    void machineCodeCanBeSwitchedOff() {
        X86Backend backend = X86Backend.avx2();
        Backends.allowMachineCode(false);
        try {
            assertThat(backend.unsupportedReason()).hasValueSatisfying(why -> assertThat(why).contains("switched off"));
            assertThat(Backends.detect().name()).doesNotStartWith("x86");
            assertThat(Backends.detect().unavailable()).isEmpty();
            assertThatThrownBy(() -> Backends.forced("x86-avx2")).hasMessageContaining("switched off");
            try (Arena arena = Arena.ofShared()) {
                assertThatThrownBy(() -> backend.prepare(weight, arena)).hasMessageContaining("switched off");
            }
        } finally {
            Backends.allowMachineCode(true);
        }
        assertThat(backend.selfTestFailure()).isEmpty();
        assertThat(Backends.detect().name()).startsWith("x86");
    }
}
