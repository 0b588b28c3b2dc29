package dev.nibble.core.backend.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nibble.core.backend.x86.format.RowFormat;
import dev.nibble.core.backend.x86.format.RowFormats;
import dev.nibble.core.backend.x86.machine.Kernel;
import dev.nibble.core.backend.x86.machine.Machine;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.ScaledLevels;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The machine code itself: the same bytes every time, no instruction that it has no business with, stores only where results go. */
class KernelCodeTest {
    private static final Pattern LINE = Pattern.compile("^\\s+[0-9a-f]+:\\t(\\w+)\\s*(.*)$");
    /** Stores go through the registers that are named in the kernels' comments as targets, to the stack, or into the scratch of one. */
    private static final Set<String> TARGETS = Set.of("rdx", "rsi", "rbx", "rax", "r10", "rsp", "rdi");
    private static final Set<String> GENERAL = Set.of("push", "pop", "mov", "lea", "add", "sub", "and", "or", "xor", "cmp", "shl", "shr",
            "movzx", "imul", "ret", "jmp", "je", "jne", "jl", "jb", "jae", "prefetcht0", "nop", "xchg", "cpuid", "xgetbv");

    private static final Map<Isa, Kernels> KERNELS = new EnumMap<>(Isa.class);

    private static List<Kernel> kernels() {
        assumeTrue(Machine.detected().features().avx512(), "the processor has no AVX-512");
        List<Assembled> all = new ArrayList<>();
        for (Isa isa : Isa.values()) {
            Kernels kernels = KERNELS.computeIfAbsent(isa, any -> new Kernels(Machine.detected().space().orElseThrow(), isa));
            for (RowFormat format : RowFormats.ALL) {
                all.add(kernels.rounding(format));
                all.add(kernels.rows(format));
                all.add(kernels.panel(format));
                all.add(kernels.tile(format, TileKernel.most(isa)));
            }
            for (String name : List.of("INT1-G32", "UINT2-G32-Z", "INT3-G128", "UINT4-G64-ZF", "INT5-G32-BF16", "UINT8-G32-Z-F32")) {
                RowFormat format = RowFormats.of(GroupAffine.named(name).orElseThrow()).orElseThrow();
                all.add(kernels.rows(format));
                all.add(kernels.panel(format));
            }
            for (String name : List.of("NF4-B64", "FP8-B128")) {
                all.add(kernels.levels(ScaledLevels.named(name).orElseThrow()));
            }
            for (Plain plain : List.of(Plain.F32, Plain.F16, Plain.BF16)) {
                all.add(kernels.floats(plain, 1));
                all.add(kernels.floats(plain, FloatKernel.most(isa)));
            }
            all.addAll(List.of(kernels.keys(128, true), kernels.keys(128, false), kernels.values(), kernels.scores(128),
                    kernels.softmax(), kernels.mix(128), kernels.exponential()));
        }
        return all.stream().map(Assembled::get).toList();
    }

    /** Each line: a kernel, its length, its CRC-32C. Written again with {@code -Dnibble.golden=FILE} where kernels change on purpose. */
    @Test
    void isTheSameEveryTime() throws IOException {
        List<String> found = kernels().stream().map(kernel -> {
            CRC32C crc = new CRC32C();
            crc.update(kernel.bytes());
            return kernel.name() + " " + kernel.bytes().length + " %08x".formatted(crc.getValue());
        }).distinct().toList();
        if (System.getProperty("nibble.golden") != null) {
            Files.write(Path.of(System.getProperty("nibble.golden")), found);
        }
        try (InputStream golden = KernelCodeTest.class.getResourceAsStream("kernels.golden")) {
            assertThat(found).isEqualTo(new String(golden.readAllBytes(), StandardCharsets.UTF_8).lines().toList());
        }
    }

    @Test
    void doesNothingItHasNoBusinessWith(@TempDir Path folder) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/objdump")), "GNU binutils are not installed");
        Set<String> strange = new TreeSet<>();
        int instructions = 0;
        for (Kernel kernel : kernels()) {
            Path file = Files.write(folder.resolve("kernel"), kernel.bytes());
            for (String line : disassembled(file)) {
                Matcher matcher = LINE.matcher(line);
                if (!matcher.matches()) {
                    continue;
                }
                instructions++;
                String mnemonic = matcher.group(1);
                if (!mnemonic.startsWith("v") && !GENERAL.contains(mnemonic)) {
                    strange.add(kernel.name() + ": " + line.strip());
                }
                String first = matcher.group(2).split(",")[0];
                boolean stores = first.contains("[") && !Set.of("cmp", "jmp", "nop", "prefetcht0", "lea").contains(mnemonic);
                if (stores && TARGETS.stream().noneMatch(register -> first.contains("[" + register))) {
                    strange.add(kernel.name() + " stores: " + line.strip());
                }
                if (mnemonic.equals("ret")) {
                    break; // constants follow
                }
            }
        }
        assertThat(strange).isEmpty();
        assertThat(instructions).isGreaterThan(20_000);
    }

    private static List<String> disassembled(Path file) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("objdump", "-D", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", "--no-show-raw-insn",
                file.toString()).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.lines().toList();
    }
}
