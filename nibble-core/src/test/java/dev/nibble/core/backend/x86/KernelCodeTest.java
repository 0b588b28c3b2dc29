package dev.nibble.core.backend.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nibble.core.backend.x86.attention.AttentionKernels;
import dev.nibble.core.backend.x86.elementwise.ElementwiseKernels;
import dev.nibble.core.backend.x86.format.RowFormat;
import dev.nibble.core.backend.x86.format.RowFormats;
import dev.nibble.core.backend.x86.matmul.AdditiveKernel;
import dev.nibble.core.backend.x86.matmul.FloatKernel;
import dev.nibble.core.backend.x86.matmul.MatMulKernels;
import dev.nibble.core.backend.x86.matmul.TileKernel;
import dev.nibble.core.codec.AdditiveCodes;
import dev.nibble.core.codec.E8P;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.OffsetGroups;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.Q8_0;
import dev.nibble.core.codec.ScaleFormat;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.x86.KernelCode;
import dev.nibble.core.x86.machine.Assembled;
import dev.nibble.core.x86.machine.Isa;
import dev.nibble.core.x86.machine.Kernel;
import dev.nibble.core.x86.machine.KernelCache;
import dev.nibble.core.x86.machine.Machine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The machine code itself: unchanged bytes, only expected instructions, stores only to results. */
class KernelCodeTest {
    private static final Map<Isa, KernelCache> KERNELS = new EnumMap<>(Isa.class);

    private static List<Kernel> kernels() {
        assumeTrue(Machine.detected().space().isPresent(), "machine code cannot be made here");
        List<Assembled> all = new ArrayList<>();
        for (Isa isa : List.of(Isa.AVX512, Isa.AVX2)) {
            MatMulKernels kernels = new MatMulKernels(kernels(isa));
            AttentionKernels attention = new AttentionKernels(kernels.cache());
            ElementwiseKernels elementwise = new ElementwiseKernels(kernels.cache());
            for (RowFormat format : RowFormats.ALL) {
                all.add(kernels.quantization(format, false));
                all.add(kernels.quantization(format, true));
                all.add(kernels.rows(format));
                all.add(kernels.panel(format));
                all.add(kernels.tile(format, TileKernel.maxTokens(format, isa)));
            }
            for (String name : List.of("INT1-G32", "UINT2-G32-Z", "INT3-G128", "UINT4-G64-ZF", "INT5-G32-BF16", "UINT8-G32-Z-F32")) {
                RowFormat format = RowFormats.of(GroupAffine.named(name).orElseThrow()).orElseThrow();
                all.add(kernels.rows(format));
                all.add(kernels.panel(format));
            }
            for (Codec codec : List.of(new E8P(256), new OffsetGroups(4, 128, ScaleFormat.BF16))) {
                RowFormat format = RowFormats.of(codec).orElseThrow();
                all.add(kernels.rows(format));
                all.add(kernels.panel(format));
            }
            for (String name : List.of("AQLM-2x8-G256", "AQLM-1x16-G8")) {
                all.add(kernels.additive(AdditiveKernel.of(AdditiveCodes.named(name).orElseThrow())));
            }
            for (String name : List.of("NF4-B64", "FP8-B128")) {
                all.add(kernels.levels(ScaledLevels.named(name).orElseThrow()));
            }
            for (Plain plain : List.of(Plain.F32, Plain.F16, Plain.BF16)) {
                all.add(kernels.floats(plain, 1));
                all.add(kernels.floats(plain, FloatKernel.maxTokens(isa)));
            }
            all.addAll(List.of(attention.keys(128, true), attention.keys(128, false), attention.unpack(Plain.F16),
                    attention.unpack(Q8_0.Q8_0), attention.scores(128), attention.softmax(false, false), attention.softmax(true, true),
                    attention.mix(128), elementwise.exponential(), elementwise.swish(), elementwise.squares(), elementwise.scaled(),
                    elementwise.adding(), elementwise.multiplying(), elementwise.rotation(32, true), elementwise.rotation(64, false),
                    kernels.deinterleaving(), kernels.copying(64), attention.dividing(128)));
        }
        MatMulKernels onTiles = new MatMulKernels(kernels(Isa.AMX));
        RowFormats.ALL.forEach(format -> all.add(onTiles.bfloatPanel(format)));
        all.addAll(List.of(onTiles.bf16Conversion(), onTiles.bfloatRows(), onTiles.tiles(1), onTiles.tiles(2)));
        return all.stream().distinct().map(Assembled::get).toList();
    }

    private static KernelCache kernels(Isa isa) {
        return KERNELS.computeIfAbsent(isa, any -> new KernelCache(Machine.detected().space().orElseThrow(), isa));
    }

    @Test
    void isTheSameEveryTime() throws IOException {
        KernelCode.isGolden(kernels(), KernelCodeTest.class.getResourceAsStream("kernels.golden"));
    }

    @Test
    void doesNothingItHasNoBusinessWith(@TempDir Path folder) throws Exception {
        assertThat(KernelCode.lint(kernels(), folder)).isGreaterThan(20_000);
    }
}
