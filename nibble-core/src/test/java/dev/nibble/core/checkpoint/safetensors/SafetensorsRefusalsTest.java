package dev.nibble.core.checkpoint.safetensors;

import static dev.nibble.core.checkpoint.open.Refusals.ANYWHERE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.io.FileBytes;
import dev.nibble.core.checkpoint.open.Refusals;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Rows S01 to S37 of the catalogue of bad input. */
class SafetensorsRefusalsTest {
    private static final String T = entry("t", "F32", "[2]", 0, 8);

    @TempDir
    Path folder;
    private Refusals refusals;

    @BeforeEach
    void setUp() {
        refusals = new Refusals(Safetensors::open, folder.resolve("bad.safetensors"));
    }

    private static String entry(String name, String dtype, String shape, long begin, long end) {
        return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":[" + begin + "," + end + "]}";
    }

    private static byte[] file(String header, int data) {
        return file(header.getBytes(StandardCharsets.UTF_8), data);
    }

    private static byte[] file(byte[] header, int data) {
        return new FileBytes().u64(header.length).raw(header).zeros(data).bytes();
    }

    private DynamicTest refused(String row, String header, int data, String code, String... mentions) {
        return refusals.refused(row, file(header, data), "SAFETENSORS_" + code, ANYWHERE, mentions);
    }

    @TestFactory
    Stream<DynamicTest> lengths() {
        List<DynamicTest> tests = new ArrayList<>();
        byte[] right = file("{" + T + "}", 8);
        tests.add(refusals.everyCutRefused("S01, S23 every cut", right, right.length));
        for (int size = 0; size < 8; size++) {
            tests.add(refusals.refused("S01 " + size + " bytes", new byte[size], "SAFETENSORS_HEADER_TOO_SHORT", 0));
        }
        tests.add(refusals.refused("S02", new byte[16], "SAFETENSORS_HEADER_EMPTY", 0));
        for (long length : new long[]{Long.MIN_VALUE, -1, 100_000_001}) {
            tests.add(refusals.refused("S03, S04 length " + length, new FileBytes().u64(length).zeros(64).bytes(),
                    "SAFETENSORS_HEADER_TOO_LARGE",
                    0, Long.toUnsignedString(length)));
        }
        tests.add(
                refusals.refused("S04 just allowed", new FileBytes().u64(100_000_000).zeros(64).bytes(), "SAFETENSORS_HEADER_PAST_END", 0));
        tests.add(
                refusals.refused("S05 one past", new FileBytes().u64(65).zeros(64).bytes(), "SAFETENSORS_HEADER_PAST_END", 0, "65", "64"));
        tests.add(refusals.refused("S35", new FileBytes().u64(Long.reverseBytes(40)).zeros(64).bytes(), "SAFETENSORS_HEADER_TOO_LARGE", 0,
                "big-endian"));
        tests.add(refusals.refused("S36 pointer",
                new FileBytes().ascii("version https://git-lfs.github.com/spec/v1\noid sha256:00\n").bytes(),
                "NOT_A_MODEL", 0, "Git LFS pointer"));
        tests.add(
                refusals.refused("S36 web page", new FileBytes().ascii("<!DOCTYPE html><html>404").bytes(), "NOT_A_MODEL", 0, "web page"));
        tests.add(refusals.refused("S36 gzip", new FileBytes().raw((byte) 0x1f, (byte) 0x8b, (byte) 8).zeros(20).bytes(), "NOT_A_MODEL", 0,
                "gzip"));
        return tests.stream();
    }

    @TestFactory
    Stream<DynamicTest> json() {
        List<DynamicTest> tests = new ArrayList<>();
        byte[] stray = ("{" + T + "}").getBytes(StandardCharsets.UTF_8);
        stray[2] = (byte) 0xFF;
        tests.add(refusals.refused("S06 0xFF", file(stray, 8), "SAFETENSORS_NOT_UTF8", 10));
        stray[2] = (byte) 0xC0;
        tests.add(refusals.refused("S06 overlong", file(stray, 8), "SAFETENSORS_NOT_UTF8", 10));
        tests.add(refused("S06 byte order mark", "\uFEFF{}", 0, "NOT_UTF8", "byte order mark"));
        for (String start : List.of(" ", "\n", "\t")) {
            tests.add(refused("S07 space in front", start + "{" + T + "}", 8, "HEADER_START"));
        }
        for (String end : List.of("\0", "\t", "\n", " \n", "\n  ", "x")) {
            tests.add(refused("S08 padding", "{" + T + "}" + end, 8, "HEADER_END"));
        }
        for (String other : List.of("[]", "\"x\"", "1", "null", "true")) {
            tests.add(refused("S09 " + other, other, 0, "HEADER_START"));
        }
        tests.add(refused("S10 twice", "{}{}", 0, "HEADER_END"));
        tests.add(refused("S10 brace", "{}}", 0, "HEADER_JSON"));
        tests.add(refused("S10 comma", "{" + T + ",}", 8, "HEADER_JSON"));
        tests.add(refused("S11", "{" + T + "," + entry("t", "I32", "[2]", 0, 8) + "}", 8, "DUPLICATE_TENSOR", "\"t\"", "offset 9"));
        tests.add(refused("S12", "{" + T + "," + entry("t", "F32", "[2]", 8, 16) + "}", 16, "DUPLICATE_TENSOR", "\"t\""));
        tests.add(refused("S13 escaped name", "{" + T + "," + entry("\\u0074", "F32", "[2]", 8, 16) + "}", 16, "DUPLICATE_TENSOR"));
        for (String field : List.of("\"dtype\":\"F32\"", "\"shape\":[2]", "\"data_offsets\":[0,8]")) {
            tests.add(refused("S13 " + field, "{" + T.replace("}", "," + field + "}") + "}", 8, "DUPLICATE_FIELD", "\"t\""));
        }
        tests.add(refused("S13 escaped field", "{" + T.replace("}", ",\"\\u0064type\":\"I32\"}") + "}", 8, "DUPLICATE_FIELD", "dtype"));
        tests.add(refused("S14 key", "{\"__metadata__\":{\"a\":\"1\",\"a\":\"1\"}}", 0, "DUPLICATE_FIELD", "__metadata__/a"));
        tests.add(refused("S14 twice", "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "DUPLICATE_FIELD"));
        for (String value : List.of("1", "null", "{}", "[]", "true")) {
            tests.add(refused("S15 " + value, "{\"__metadata__\":{\"a\":" + value + "}}", 0, "METADATA", "__metadata__/a"));
            if (!value.equals("{}")) {
                tests.add(refused("S15 all " + value, "{\"__metadata__\":" + value + "}", 0, "METADATA"));
            }
        }
        tests.add(refused("S28 deep", "{\"t\":" + "[".repeat(200_000) + "]".repeat(200_000) + "}", 0, "TENSOR"));
        tests.add(refused("S28 deep field", "{\"t\":{\"x\":" + "[".repeat(200_000) + "]".repeat(200_000) + "}}", 0, "HEADER_JSON"));
        tests.add(refused("S28 digits", "{" + entry("t", "F32", "[" + "1".repeat(1_000_000) + "]", 0, 8) + "}", 8, "HEADER_JSON"));
        tests.add(refused("S28 long text", "{\"__metadata__\":{\"a\":\"" + "x".repeat(20_000_000) + "\"}}", 0, "HEADER_JSON"));
        tests.add(refused("S30 name", "{" + entry("\\ud800", "F32", "[2]", 0, 8) + "}", 8, "HEADER_JSON"));
        tests.add(refused("S30 metadata", "{\"__metadata__\":{\"a\":\"\\udc00\"}}", 0, "METADATA"));
        return tests.stream();
    }

    @TestFactory
    Stream<DynamicTest> entries() {
        List<DynamicTest> tests = new ArrayList<>();
        for (String dtype : List.of("Q4", "f32", "", "F33")) {
            tests.add(refused("S17 " + dtype, "{" + entry("t", dtype, "[2]", 0, 8) + "}", 8, "DTYPE_UNKNOWN", "BF16"));
        }
        for (String field : List.of("\"dtype\":\"F32\",", "\"shape\":[2],", ",\"data_offsets\":[0,8]")) {
            tests.add(refused("S18 without " + field, "{" + T.replace(field, "") + "}", 8, "MISSING_FIELD", "\"t\""));
        }
        tests.add(refused("S18 no object", "{\"t\":5}", 0, "TENSOR", "\"t\""));
        for (String size : List.of("-1", "2.0", "1e3", "\"2\"", "null", "true", "[2]", "99999999999999999999", "9223372036854775808")) {
            tests.add(refused("S19 " + size, "{" + entry("t", "F32", "[" + size + "]", 0, 8) + "}", 8, "TENSOR", "/shape/0"));
        }
        tests.add(refused("S19 no array", "{" + entry("t", "F32", "2", 0, 8) + "}", 8, "TENSOR"));
        for (String shape : List.of("[4294967296,4294967296]", "[2305843009213693952]", "[4294967296,4294967296,0]")) {
            tests.add(refused("S20 " + shape, "{" + entry("t", "F64", shape, 0, 8) + "}", 8, "SHAPE_OVERFLOW", "\"t\""));
        }
        tests.add(refused("S21 rank 9", "{" + entry("t", "F32", "[1,1,1,1,1,1,1,1,1]", 0, 4) + "}", 4, "RANK_TOO_HIGH"));
        tests.add(refused("S21 rank 100000", "{" + entry("t", "F32", "[1" + ",1".repeat(99_999) + "]", 0, 4) + "}", 4, "RANK_TOO_HIGH"));
        for (String offsets : List.of("[]", "[0]", "[0,8,8]", "[8,0]")) {
            tests.add(refused("S22 " + offsets, "{" + T.replace("[0,8]", offsets) + "}", 8, "DATA_OFFSETS", "\"t\""));
        }
        tests.add(refused("S22 negative", "{" + T.replace("[0,8]", "[-8,0]") + "}", 8, "TENSOR", "/data_offsets/0"));
        tests.add(refused("S23 a byte is missing", "{" + T + "}", 7, "PAST_END", "\"t\"", "1 are missing"));
        tests.add(refused("S24", "{" + entry("t", "F32", "[3]", 0, 8) + "}", 8, "SIZE_MISMATCH", "\"t\"", "takes 12", "give 8"));
        tests.add(refused("S25 first", "{" + entry("t", "F32", "[2]", 8, 16) + "}", 16, "HOLE", "0 to 8"));
        tests.add(refused("S25 middle", "{" + T + "," + entry("u", "F32", "[2]", 16, 24) + "}", 24, "HOLE", "\"u\"", "8 to 16"));
        tests.add(refused("S25 end", "{" + T + "}", 12, "TRAILING_BYTES", "4 bytes"));
        tests.add(refused("S09 data of no tensor", "{}", 1, "TRAILING_BYTES"));
        tests.add(refused("S26 overlap", "{" + T + "," + entry("u", "F32", "[2]", 4, 12) + "}", 12, "OVERLAP", "\"t\"", "\"u\""));
        tests.add(refused("S26 one byte", "{" + T + "," + entry("u", "U8", "[2]", 7, 9) + "}", 9, "OVERLAP", "\"t\"", "\"u\""));
        tests.add(refused("S26 alias", "{" + T + "," + entry("u", "F32", "[2]", 0, 8) + "}", 8, "OVERLAP", "\"t\"", "\"u\""));
        tests.add(refused("S26 nested", "{" + T + "," + entry("u", "U8", "[2]", 3, 5) + "}", 8, "OVERLAP"));
        for (String name : List.of("", "a\\u0000b", "n".repeat(513), "n".repeat(1 << 20))) {
            tests.add(refused("S29 name of " + name.length(), "{" + entry(name, "F32", "[2]", 0, 8) + "}", 8, "NAME"));
        }
        tests.add(refused("S33", "{" + entry("t", "F4", "[3]", 0, 2) + "}", 2, "SUBBYTE_ODD", "\"t\""));
        return tests.stream();
    }

    @Test
    void tooManyTensors() throws IOException { // S27
        StringBuilder header = new StringBuilder("{");
        for (int i = 0; i <= 262_144; i++) {
            header.append(entry("t" + i, "F32", "[0]", 0, 0)).append(',');
        }
        header.setCharAt(header.length() - 1, '}');
        Path path = Files.write(folder.resolve("many.safetensors"), file(header.toString(), 0));
        assertThatThrownBy(() -> Safetensors.open(path)).hasMessageContaining("SAFETENSORS_TOO_MANY_TENSORS")
                .hasMessageContaining("262144");
        int last = header.lastIndexOf(",\"t");
        Path allowed = Files.write(folder.resolve("allowed.safetensors"), file(header.substring(0, last) + "}", 0));
        try (Checkpoint checkpoint = Safetensors.open(allowed)) {
            assertThat(checkpoint.names()).hasSize(262_144);
        }
    }

    @Test
    void knownTypesWithoutCodecAreUnsupported() throws IOException {
        for (String dtype : List.of("F4", "C64", "F8_E4M3FNUZ")) { // S17
            int bytes = dtype.equals("C64") ? 16 : dtype.equals("F4") ? 1 : 2;
            Path path = Files.write(folder.resolve("x.safetensors"), file("{" + entry("t", dtype, "[2]", 0, bytes) + "}", bytes));
            assertThatThrownBy(() -> Safetensors.open(path)).isInstanceOf(UnsupportedException.class).hasMessageContaining(dtype)
                    .hasMessageContaining("\"t\"");
        }
    }

    @Test
    void oddButAllowed() throws IOException {
        String name = "../../\\u001b\\u202e\\n";
        String header = "{\"__metadata__\":{\"k\":\"v\"}," + entry("b", "U8", "[1]", 0, 1) + ","
                + entry(name, "F32", "[1]", 1, 5).replace("}", ",\"extra\":[{}]}") + "," + entry("scalar", "F32", "[]", 5, 9) + ","
                + entry("empty", "F32", "[0,7]", 9, 9) + "}   ";
        byte[] bytes = file(header, 0);
        bytes = new FileBytes().raw(bytes).u8(7).u32(Float.floatToIntBits(1.5f)).u32(Float.floatToIntBits(-2)).bytes();
        try (Checkpoint checkpoint = Safetensors.open(Files.write(folder.resolve("odd.safetensors"), bytes))) {
            assertThat(checkpoint.names()).containsExactly("b", "../../\u001b\u202e\n", "scalar", "empty"); // S29
            float[] number = new float[1];
            Tensor unaligned = checkpoint.tensor("../../\u001b\u202e\n");
            unaligned.decode(0, 0, number, 0, 1); // S31
            assertThat(number[0]).isEqualTo(1.5f);
            checkpoint.tensor("scalar").decode(0, 0, number, 0, 1); // S32
            assertThat(number[0]).isEqualTo(-2);
            assertThat(checkpoint.tensor("empty").data().byteSize()).isZero();
            assertThat(checkpoint.metadata()).containsExactlyEntriesOf(Map.of("k", "v"));
            assertThat(checkpoint.warnings()).singleElement().asString().contains("extra"); // S18
        }
        try (Checkpoint nothing = Safetensors.open(Files.write(folder.resolve("none.safetensors"), file("{}", 0)))) { // S09
            assertThat(nothing.names()).isEmpty();
        }
    }

    @Test
    void notARegularFile() throws IOException, InterruptedException {
        assertThatThrownBy(() -> Safetensors.open(folder)).isInstanceOf(MalformedFileException.class).hasMessageContaining("a directory"); // S34
        assertThatThrownBy(() -> Safetensors.open(Path.of("/dev/zero"))).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("NOT_A_REGULAR_FILE");
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        assertThatThrownBy(() -> Safetensors.open(pipe)).hasMessageContaining("NOT_A_REGULAR_FILE");
        Path loop = Files.createSymbolicLink(folder.resolve("loop"), Path.of("loop"));
        assertThatThrownBy(() -> Safetensors.open(loop)).isInstanceOf(IOException.class).hasMessageContaining("loop");
        assertThatThrownBy(() -> Safetensors.open(folder.resolve("absent"))).isInstanceOf(IOException.class).hasMessageContaining("absent")
                .hasMessageContaining("no such file");
    }

    @Test
    void sparseTerabyteIsOpenedWithoutReadingIt() throws IOException {
        long bytes = 1L << 40;
        Path path = Files.write(folder.resolve("sparse.safetensors"),
                file("{" + entry("t", "F32", "[" + bytes / 4 + "]", 0, bytes) + "}", 0));
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(file.length() + bytes);
        }
        try (Checkpoint checkpoint = Safetensors.open(path)) {
            assertThat(checkpoint.tensor("t").data().byteSize()).isEqualTo(bytes);
        }
    }
}
