package dev.nibble.core.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nibble.core.x86.machine.Kernel;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/** Expectations on the bytes of every kernel: unchanged, with only expected instructions. */
public final class KernelCode {
    private static final Pattern LINE = Pattern.compile("^\\s+[0-9a-f]+:\\t(\\w+)\\s*(.*)$");
    /** Registers that stores may use: the targets in the kernels' comments, the stack, and one kernel's scratch. */
    private static final Set<String> TARGETS = Set.of("rdx", "rsi", "rbx", "rax", "r10", "rsp", "rdi");
    private static final Set<String> GENERAL = Set.of("push", "pop", "mov", "lea", "add", "sub", "and", "or", "xor", "cmp", "shl", "shr",
            "movzx", "tzcnt", "ret", "jmp", "je", "jne", "jl", "jb", "jae", "prefetcht0", "nop", "xchg", "cpuid", "xgetbv", "ldtilecfg",
            "tilezero", "tileloadd", "tilestored",
            "tdpbf16ps", "tilerelease");

    private KernelCode() {}

    /** Each line has a kernel, its length and its CRC-32C. After intended changes, {@code -Dnibble.golden=FILE} writes them. */
    public static void isGolden(List<Kernel> kernels, InputStream golden) throws IOException {
        List<String> found = kernels.stream().map(kernel -> {
            CRC32C crc = new CRC32C();
            crc.update(kernel.bytes());
            return kernel.name() + " " + kernel.bytes().length + " %08x".formatted(crc.getValue());
        }).distinct().toList();
        if (System.getProperty("nibble.golden") != null) {
            Files.write(Path.of(System.getProperty("nibble.golden")), found);
        }
        try (golden) {
            assertThat(found).isEqualTo(new String(golden.readAllBytes(), StandardCharsets.UTF_8).lines().toList());
        }
    }

    /** Checks instructions and targets of stores. @return number of instructions */
    public static int lint(List<Kernel> kernels, Path folder) throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/objdump")), "GNU binutils are not installed");
        Set<String> strange = new TreeSet<>();
        int instructions = 0;
        for (Kernel kernel : kernels) {
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
                boolean stores = first.contains("[") && !Set.of("cmp", "jmp", "nop", "prefetcht0", "lea", "ldtilecfg").contains(mnemonic);
                if (stores && TARGETS.stream().noneMatch(register -> first.contains("[" + register))) {
                    strange.add(kernel.name() + " stores: " + line.strip());
                }
                if (mnemonic.equals("ret")) {
                    break; // constants follow
                }
            }
        }
        assertThat(strange).isEmpty();
        return instructions;
    }

    private static List<String> disassembled(Path file) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("objdump", "-D", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", "--no-show-raw-insn",
                file.toString()).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.lines().toList();
    }
}
