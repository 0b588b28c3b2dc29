package dev.nibble.core.codec.encode.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nibble.core.x86.KernelCode;
import dev.nibble.core.x86.machine.Assembled;
import dev.nibble.core.x86.machine.Kernel;
import dev.nibble.core.x86.machine.Machine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The encoders' machine code. */
class EncoderCodeTest {
    private static List<Kernel> kernels() {
        assumeTrue(Machine.detected().features().avx2(), "the processor has no AVX2");
        return X86Encoders.ALL.values().stream().flatMap(way -> way.kernels().stream()).map(Assembled::get)
                .sorted(Comparator.comparing(Kernel::name)).toList();
    }

    @Test
    void isTheSameEveryTime() throws IOException {
        KernelCode.isGolden(kernels(), EncoderCodeTest.class.getResourceAsStream("encoders.golden"));
    }

    @Test
    void doesNothingItHasNoBusinessWith(@TempDir Path folder) throws Exception {
        assertThat(KernelCode.lint(kernels(), folder)).isGreaterThan(500);
    }
}
