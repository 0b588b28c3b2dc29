package dev.nibble.core.x86.assembler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AssemblerTest {
    private static final HexFormat HEX = HexFormat.of();

    /** Each line: an instruction's text and its encoding by GNU as 2.40. */
    @Test
    void encodesEveryFormAsGnuAsDoes() throws IOException {
        List<String> expected;
        try (InputStream golden = AssemblerTest.class.getResourceAsStream("forms.golden.gz")) {
            expected = new String(new GZIPInputStream(golden).readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
        List<String> found = Forms.all().stream().map(line -> line.text() + " = " + HEX.formatHex(line.bytes())).toList();
        assertThat(found).hasSizeGreaterThan(3000).isEqualTo(expected);
    }

    @Test
    void agreesWithGnuAsWhereThereIsOne(@TempDir Path folder) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/as")) && Files.isExecutable(Path.of("/usr/bin/objdump")),
                "GNU binutils are not installed");
        List<Forms.Line> lines = Forms.all();
        StringBuilder source = new StringBuilder(".intel_syntax noprefix\n");
        lines.forEach(line -> source.append(line.text()).append('\n'));
        Files.writeString(folder.resolve("forms.s"), source);
        run(folder, "as", "-o", "forms.o", "forms.s");
        List<String> theirs = listing(run(folder, "objdump", "-d", "-w", "--insn-width=16", "forms.o"));
        assertThat(theirs).hasSameSizeAs(lines);
        List<String> ours = lines.stream().map(line -> HEX.formatHex(line.bytes())).toList();
        for (int i = 0; i < lines.size(); i++) {
            assertThat(ours.get(i)).as(lines.get(i).text()).isEqualTo(theirs.get(i));
        }
    }

    private static List<String> listing(String disassembly) {
        List<String> found = new ArrayList<>();
        for (String line : disassembly.lines().toList()) {
            String[] parts = line.split("\t", -1);
            if (parts.length >= 3 && parts[0].endsWith(":")) {
                found.add(parts[1].replace(" ", ""));
            }
        }
        return found;
    }

    private static String run(Path folder, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    @Test
    void jumpsAndConstantsAreRelative() {
        Assembler assembler = new Assembler();
        Label start = assembler.here();
        Label end = assembler.label();
        assembler.jump(Condition.EQUAL, end);
        assembler.jmp(start);
        assembler.bind(end);
        assembler.op(Instruction.VMOVDQU, Vec.ymm(1), assembler.constantOf(7, 32));
        assembler.op(Instruction.VPSHUFD, Vec.ymm(1), assembler.constantOf(7, 32), 3);
        assembler.ret();
        byte[] code = assembler.finish();
        assertThat(HEX.formatHex(code, 0, 11)).isEqualTo("0f8405000000" + "e9f5ffffff");
        assertThat(code).hasSize(64 + 32);
        assertThat(HEX.formatHex(code, 11, 19)).isEqualTo("c5fe6f0d" + "2d000000"); // 64 − 19
        assertThat(HEX.formatHex(code, 19, 28)).isEqualTo("c5fd700d" + "24000000" + "03"); // 64 − 28
        assertThat(code[64]).isEqualTo((byte) 7);
    }

    @Test
    void refusesWhatCannotBeEncoded() {
        Assembler assembler = new Assembler();
        assertThatThrownBy(() -> assembler.op(Instruction.VPSIGNB, Vec.zmm(1), Vec.zmm(2), Vec.zmm(3)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("VPSIGNB");
        assertThatThrownBy(() -> assembler.op(Instruction.VPADDD, Vec.ymm(1), Vec.ymm(2))).hasMessageContaining("VPADDD");
        assertThatThrownBy(() -> Vec.ymm(32)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> Mem.at(Gpr.RAX, Gpr.RCX, 3, 0)).hasMessageContaining("scale");
        Label nowhere = assembler.label();
        assembler.jmp(nowhere);
        assertThatThrownBy(assembler::finish).hasMessageContaining("unbound label");
    }

    @Test
    void fillsUpWithInstructions() {
        for (int size : Stream.iterate(0, i -> i + 1).limit(17).toList()) {
            Assembler assembler = new Assembler();
            for (int i = 0; i < size; i++) {
                assembler.ret();
            }
            assembler.align(16);
            assertThat(assembler.size() % 16).isZero();
        }
    }
}
