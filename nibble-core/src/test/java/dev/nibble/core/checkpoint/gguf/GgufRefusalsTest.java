package dev.nibble.core.checkpoint.gguf;

import static dev.nibble.core.checkpoint.open.Refusals.ANYWHERE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.checkpoint.io.FileBytes;
import dev.nibble.core.checkpoint.open.Refusals;
import dev.nibble.core.codec.Codecs;
import dev.nibble.core.tensor.Codec;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Rows G01 to G27 of the catalogue of bad input. */
class GgufRefusalsTest {
    private static final int U8 = 0;
    private static final int U32 = 4;
    private static final int BOOL = 7;
    private static final int STRING = 8;
    private static final int ARRAY = 9;
    private static final int FIRST_PAIR = 24;
    private static final int F32 = 0;
    private static final int Q8_0 = 8;

    @TempDir
    Path folder;
    private Refusals refusals;

    @BeforeEach
    void setUp() {
        refusals = new Refusals(Gguf::open, folder.resolve("bad.gguf"));
    }

    private static FileBytes header(int version, long tensors, long pairs) {
        return new FileBytes().ascii("GGUF").u32(version).u64(tensors).u64(pairs);
    }

    /** A file of one pair, padded so that counts are plausible. */
    private static byte[] pair(Consumer<FileBytes> write) {
        FileBytes file = header(3, 0, 1);
        write.accept(file);
        return file.zeros(64).bytes();
    }

    private static FileBytes tensor(FileBytes file, String name, long[] dimensions, int type, long offset) {
        file.text(name).u32(dimensions.length);
        Arrays.stream(dimensions).forEach(file::u64);
        return file.u32(type).u64(offset);
    }

    private static byte[] oneTensor(String name, int type, long offset, long data, long... dimensions) {
        return tensor(header(3, 1, 0), name, dimensions, type, offset).pad(32).zeros(data).bytes();
    }

    private static byte[] right() {
        FileBytes file = header(3, 2, 3).text("general.architecture").u32(STRING).text("llama").text("numbers").u32(ARRAY).u32(U32).u64(2)
                .u32(1).u32(2).text("tokens").u32(ARRAY).u32(STRING).u64(2).text("a").text("bc");
        tensor(file, "first", new long[]{3}, F32, 0);
        return tensor(file, "second", new long[]{32, 2}, Q8_0, 32).pad(32).zeros(12).pad(32).zeros(68).bytes();
    }

    @TestFactory
    Stream<DynamicTest> headers() {
        List<DynamicTest> tests = new ArrayList<>();
        tests.add(refusals.everyCutRefused("G01, G25 every cut", right(), right().length));
        tests.add(refusals.refused("G01 no bytes", new byte[0], "GGUF_TRUNCATED", 0, "magic"));
        tests.add(refusals.refused("G01 after the version", Arrays.copyOf(right(), 8), "GGUF_TRUNCATED", 8, "number of tensors"));
        for (String magic : List.of("FUGG", "gguf", "Gguf", "xxxx")) {
            tests.add(refusals.refused("G02 " + magic, new FileBytes().ascii(magic).zeros(40).bytes(), "GGUF_BAD_MAGIC", 0, magic));
        }
        for (String magic : List.of("ggml", "ggjt", "lmgg", "tjgg", "GGML")) {
            tests.add(refusals.refused("G02 " + magic, new FileBytes().ascii(magic).zeros(40).bytes(), "GGUF_BAD_MAGIC", 0, "before GGUF"));
        }
        tests.add(refusals.refused("G02 zip", new FileBytes().ascii("PK\3\4").zeros(40).bytes(), "GGUF_BAD_MAGIC", 0, "zip"));
        for (int version : new int[]{0, 1, 4, 1000}) {
            tests.add(
                    refusals.refused("G03 version " + version, header(version, 0, 0).bytes(), "GGUF_BAD_VERSION", 4, "version " + version));
        }
        tests.add(refusals.refused("G03 big-endian", header(0x03000000, 0, 0).bytes(), "GGUF_BAD_VERSION", 4, "big-endian"));
        for (long count : new long[]{-1, 1L << 32, 1L << 62, Long.MIN_VALUE, 2}) {
            tests.add(
                    refusals.refused("G04 tensors " + count, header(3, count, 0).zeros(33).bytes(), "GGUF_COUNT_IMPOSSIBLE", 8, "tensors"));
            tests.add(refusals.refused("G04 pairs " + count, header(3, 0, count).zeros(14).bytes(), "GGUF_COUNT_IMPOSSIBLE", 16, "pairs"));
        }
        tests.add(refusals.refused("S36 pointer", new FileBytes().ascii("version https://git-lfs.github.com/spec/v1\n").bytes(),
                "NOT_A_MODEL", 0,
                "git lfs pull"));
        return tests.stream();
    }

    @TestFactory
    Stream<DynamicTest> pairs() {
        List<DynamicTest> tests = new ArrayList<>();
        for (long length : new long[]{0, 65_536, Long.MIN_VALUE, -1, 65}) {
            tests.add(refusals.refused("G05 key of " + length, pair(file -> file.u64(length)), "GGUF_KEY_LENGTH", FIRST_PAIR));
        }
        tests.add(refusals.refused("G06 not UTF-8", pair(file -> file.u64(3).raw((byte) 'a', (byte) 0xFF, (byte) 'b').u32(U32).u32(1)),
                "GGUF_NOT_UTF8", FIRST_PAIR + 9));
        tests.add(refusals.refused("G06 overlong", pair(file -> file.u64(2).raw((byte) 0xC0, (byte) 0x80).u32(U32).u32(1)), "GGUF_NOT_UTF8",
                FIRST_PAIR + 8));
        for (String key : List.of("a\0b", "a\u001bb", "a\nb")) {
            tests.add(
                    refusals.refused("G06 control character", pair(file -> file.text(key).u32(U32).u32(1)), "GGUF_KEY_INVALID", FIRST_PAIR,
                            "\\u{"));
        }
        for (long type : new long[]{13, -1, 1L << 31}) {
            tests.add(
                    refusals.refused("G07 type " + type, pair(file -> file.text("k").u32(type)), "GGUF_BAD_TYPE", FIRST_PAIR + 9, "\"k\""));
            tests.add(refusals.refused("G07 element " + type, pair(file -> file.text("k").u32(ARRAY).u32(type).u64(1)), "GGUF_BAD_TYPE",
                    FIRST_PAIR + 13));
        }
        tests.add(refusals.refused("G07 arrays of arrays", pair(file -> file.text("k").u32(ARRAY).u32(ARRAY).u64(1)), "GGUF_BAD_TYPE",
                FIRST_PAIR + 13, "arrays of arrays"));
        for (long length : new long[]{Long.MIN_VALUE, -1, 65, 17 << 20}) {
            tests.add(
                    refusals.refused("G08 text of " + length, pair(file -> file.text("k").u32(STRING).u64(length)), "GGUF_STRING_PAST_END",
                            FIRST_PAIR + 13, "\"k\""));
        }
        tests.add(refusals.refused("G08 text of 17 MiB", pair(file -> file.text("k").u32(STRING).u64(17 << 20).zeros(17 << 20)),
                "GGUF_STRING_TOO_LONG", FIRST_PAIR + 13));
        tests.add(refusals.refused("G08 not UTF-8", pair(file -> file.text("k").u32(STRING).u64(1).u8(0x80)), "GGUF_NOT_UTF8",
                FIRST_PAIR + 21));
        for (long count : new long[]{1L << 61, -1, 9, (64L << 20) + 1}) {
            tests.add(refusals.refused("G09 array of " + count, pair(file -> file.text("k").u32(ARRAY).u32(10).u64(count)),
                    "GGUF_ARRAY_PAST_END", FIRST_PAIR + 17));
            tests.add(refusals.refused("G09 texts of " + count, pair(file -> file.text("k").u32(ARRAY).u32(STRING).u64(count)),
                    "GGUF_ARRAY_PAST_END", FIRST_PAIR + 17));
        }
        tests.add(refusals.refused("G09 64 Mi + 1", pair(file -> file.text("k").u32(ARRAY).u32(U8).u64((64 << 20) + 1).zeros(64 << 20)),
                "GGUF_ARRAY_TOO_LONG", FIRST_PAIR + 17));
        tests.add(refusals.refused("G09 a text in an array", pair(file -> file.text("k").u32(ARRAY).u32(STRING).u64(1).u64(1L << 40)),
                "GGUF_STRING_PAST_END", FIRST_PAIR + 25));
        tests.add(refusals.refused("G09 the second text in an array",
                header(3, 0, 1).text("k").u32(ARRAY).u32(STRING).u64(2).text("a").u64(2).u8('b').bytes(), "GGUF_STRING_PAST_END",
                FIRST_PAIR + 34, "length of string 1"));
        tests.add(refusals.refused("G09 half a length in an array",
                header(3, 0, 1).text("k").u32(ARRAY).u32(STRING).u64(2).text("text").u32(1).bytes(), "GGUF_TRUNCATED", FIRST_PAIR + 37,
                "length of string 1"));
        tests.add(
                refusals.refused("G10 twice", header(3, 0, 2).text("k").u32(U8).u8(1).text("k").u32(U8).u8(1).bytes(), "GGUF_DUPLICATE_KEY",
                        FIRST_PAIR + 14, "\"k\""));
        tests.add(refusals.refused("G12 boolean 7", pair(file -> file.text("k").u32(BOOL).u8(7)), "GGUF_BOOL_RANGE", FIRST_PAIR + 13));
        tests.add(refusals.refused("G12 booleans", pair(file -> file.text("k").u32(ARRAY).u32(BOOL).u64(3).u8(1).u8(0).u8(2)),
                "GGUF_BOOL_RANGE", FIRST_PAIR + 27));
        for (long alignment : new long[]{0, 13, 1L << 31, 0xFFFF_FFFFL, 131_072}) {
            tests.add(refusals.refused("G14 alignment " + alignment, pair(file -> file.text("general.alignment").u32(U32).u32(alignment)),
                    "GGUF_BAD_ALIGNMENT", FIRST_PAIR, "general.alignment"));
        }
        tests.add(
                refusals.refused("G14 alignment as I32", pair(file -> file.text("general.alignment").u32(5).u32(-8)), "GGUF_BAD_ALIGNMENT",
                        ANYWHERE, "I32"));
        tests.add(
                refusals.refused("G14 alignment as U64", pair(file -> file.text("general.alignment").u32(10).u64(32)), "GGUF_BAD_ALIGNMENT",
                        ANYWHERE, "U64"));
        tests.add(refusals.refused("G14 alignment as text", pair(file -> file.text("general.alignment").u32(STRING).text("32")),
                "GGUF_BAD_ALIGNMENT", ANYWHERE, "STRING"));
        return tests.stream();
    }

    @TestFactory
    Stream<DynamicTest> tensors() {
        List<DynamicTest> tests = new ArrayList<>();
        FileBytes misaligned = header(3, 2, 1).text("general.alignment").u32(U32).u32(64);
        tensor(tensor(misaligned, "a", new long[]{1}, F32, 0), "b", new long[]{1}, F32, 32).pad(64).zeros(128);
        tests.add(refusals.refused("G15 laid out at 32", misaligned.bytes(), "GGUF_TENSOR_OFFSET", ANYWHERE, "\"b\"", "starts at 32",
                "expected 64"));
        for (String name : List.of("", "a\0b", "n".repeat(64))) {
            tests.add(refusals.refused("G16 name of " + name.length(), oneTensor(name, F32, 0, 32, 1), "GGUF_TENSOR_NAME", FIRST_PAIR));
        }
        FileBytes twice = tensor(tensor(header(3, 2, 0), "a", new long[]{1}, F32, 0), "a", new long[]{1}, F32, 32).pad(32).zeros(64);
        tests.add(refusals.refused("G16 twice", twice.bytes(), "GGUF_DUPLICATE_TENSOR", FIRST_PAIR + 33, "\"a\""));
        for (long rank : new long[]{0, 5, 1L << 31, 0xFFFF_FFFFL}) {
            tests.add(
                    refusals.refused("G17 rank " + rank, header(3, 1, 0).text("a").u32(rank).zeros(64).bytes(), "GGUF_RANK", FIRST_PAIR + 9,
                            rank + " dimensions"));
        }
        for (long[] shape : new long[][]{{-1}, {Long.MIN_VALUE, 1}, {1L << 32, 1L << 32}, {1, 1L << 62, 1, 4}, {1L << 31, 1L << 31, 2, 1},
            {1L << 32, 0, 1L << 32}}) {
            tests.add(refusals.refused("G18 " + Arrays.toString(shape), oneTensor("a", F32, 0, 32, shape), "GGUF_SHAPE_OVERFLOW",
                    FIRST_PAIR + 13, "\"a\""));
        }
        tests.add(refusals.refused("G18 2^63-1", oneTensor("a", F32, 0, 32, Long.MAX_VALUE), "GGUF_BYTES_OVERFLOW", FIRST_PAIR, "\"a\""));
        tests.add(refusals.refused("G20 padding wraps", oneTensor("a", F32, 0, 32, 4, (1 << 30) - 1, (1 << 30) + 1), "GGUF_BYTES_OVERFLOW",
                FIRST_PAIR));
        FileBytes wraps = tensor(header(3, 2, 0), "a", new long[]{0x1FFF_FFFF_FFFF_FFF0L}, F32, 0);
        tensor(wraps, "b", new long[]{0x1FFF_FFFF_FFFF_FFF0L}, F32, 0x7FFF_FFFF_FFFF_FFC0L).pad(32).zeros(64);
        tests.add(refusals.refused("G21 sum wraps", wraps.bytes(), "GGUF_BYTES_OVERFLOW", ANYWHERE));
        for (int type : new int[]{4, 5, 31, 32, 33, 36, 37, 38}) {
            tests.add(refusals.refused("G22 removed type " + type, oneTensor("a", type, 0, 32, 32), "GGUF_TYPE_REMOVED", FIRST_PAIR + 21,
                    "\"a\""));
        }
        for (int type : new int[]{43, 1000, -1}) {
            tests.add(refusals.refused("G22 type " + type, oneTensor("a", type, 0, 32, 32), "GGUF_TYPE_UNKNOWN", FIRST_PAIR + 21));
        }
        tests.add(
                refusals.refused("G23 rows of 33", oneTensor("a", 2, 0, 64, 33), "GGUF_ROW_LENGTH", FIRST_PAIR + 13, "33", "blocks of 32"));
        tests.add(refusals.refused("G23 rows of 16", oneTensor("a", Q8_0, 0, 64, 16, 2), "GGUF_ROW_LENGTH", ANYWHERE, "blocks of 32"));
        for (long offset : new long[]{-1, 1, 32, 1L << 40, -32}) {
            tests.add(
                    refusals.refused("G24 offset " + offset, oneTensor("a", F32, offset, 64, 1), "GGUF_TENSOR_OFFSET", FIRST_PAIR, "\"a\"",
                            "expected 0"));
        }
        tests.add(refusals.refused("G25 a byte is missing", oneTensor("a", F32, 0, 3, 1), "GGUF_PAST_END", FIRST_PAIR, "1 are missing"));
        return tests.stream();
    }

    /** Sizes whose byte count overflows 64 bits to a small number in ggml; here they are exact or refused. */
    @TestFactory
    Stream<DynamicTest> quantizedBytesWrap() {
        return Codecs.ALL.stream().filter(codec -> codec.ggufType().isPresent())
                .flatMap(codec -> Stream.of(largest(codec), inverse(codec)).map(numbers -> tooLarge(codec, numbers)));
    }

    private static BigInteger largest(Codec codec) {
        BigInteger blockSize = BigInteger.valueOf(codec.blockSize());
        return BigInteger.valueOf(Long.MAX_VALUE).divide(blockSize).multiply(blockSize);
    }

    /** The number of blocks whose product with their odd factor is 1 modulo 2^54. */
    private static BigInteger inverse(Codec codec) {
        BigInteger odd = BigInteger.valueOf(codec.blockBytes() >> Integer.numberOfTrailingZeros(codec.blockBytes()));
        BigInteger blocks = odd.equals(BigInteger.ONE) ? BigInteger.TWO.pow(53) : odd.modInverse(BigInteger.TWO.pow(54));
        return blocks.multiply(BigInteger.valueOf(codec.blockSize()));
    }

    private DynamicTest tooLarge(Codec codec, BigInteger numbers) {
        BigInteger bytes = numbers.multiply(BigInteger.valueOf(codec.blockBytes())).divide(BigInteger.valueOf(codec.blockSize()));
        boolean overflows = bytes.add(BigInteger.valueOf(128)).bitLength() > 63; // with the header and padding
        return refusals.refused("G19 " + codec.name() + " " + numbers,
                oneTensor("a", codec.ggufType().getAsInt(), 0, 64, numbers.longValueExact()),
                overflows ? "GGUF_BYTES_OVERFLOW" : "GGUF_PAST_END", FIRST_PAIR);
    }

    @Test
    void typeWithoutCodecIsUnsupportedByItsName() throws IOException {
        Path file = new FileBytes().raw(oneTensor("a", 9, 0, 64, 32)).write(folder.resolve("q8_1.gguf"));
        assertThatThrownBy(() -> Gguf.open(file)).isInstanceOf(UnsupportedException.class).hasMessageContaining("Q8_1")
                .hasMessageContaining("\"a\"");
    }

    @Test
    void oddButAllowed() throws IOException {
        Path file = new FileBytes().raw(oneTensor("../\u001b[31m", F32, 0, 96, 0, 3)).write(folder.resolve("odd.gguf"));
        try (Gguf gguf = Gguf.open(file)) {
            assertThat(gguf.names()).containsExactly("../\u001b[31m"); // G16
            assertThat(gguf.tensor("../\u001b[31m").data().byteSize()).isZero(); // G18
            assertThat(gguf.warnings()).hasSize(2).anyMatch(line -> line.contains("is empty") && line.contains("\\u{1b}"))
                    .anyMatch(line -> line.contains("96 bytes after")); // G26
            assertThatThrownBy(gguf::architecture).hasMessageContaining("GGUF_NO_ARCHITECTURE"); // G27
        }
        Path wrongType = new FileBytes().raw(pair(pair -> pair.text("general.architecture").u32(U32).u32(1)))
                .write(folder.resolve("type.gguf"));
        try (Gguf gguf = Gguf.open(wrongType)) {
            assertThatThrownBy(gguf::architecture).hasMessageContaining("GGUF_NO_ARCHITECTURE").hasMessageContaining("U32"); // G27
        }
        byte[] cases = header(2, 0, 2).text("key").u32(U8).u8(1).text("KEY").u32(U8).u8(2).bytes();
        try (Gguf gguf = Gguf.open(new FileBytes().raw(cases).write(folder.resolve("case.gguf")))) {
            assertThat(gguf.metadata()).containsEntry("key", 1L).containsEntry("KEY", 2L); // G10, and version 2
        }
    }

    @Test
    void manyKeysTensorsAndTexts() throws IOException {
        FileBytes file = header(3, 100_000, 65_536);
        for (int i = 0; i < 65_535; i++) {
            file.text("key" + i).u32(U8).u8(i);
        }
        file.text("texts").u32(ARRAY).u32(STRING).u64(1_000_000).zeros(8_000_000);
        for (int i = 0; i < 100_000; i++) {
            tensor(file, "tensor" + i, new long[]{1}, F32, 32L * i);
        }
        Path path = file.pad(32).zeros(3_200_000).write(folder.resolve("many.gguf"));
        try (Gguf gguf = Gguf.open(path)) { // G11, G09
            assertThat(gguf.names()).hasSize(100_000);
            assertThat(gguf.metadata()).hasSize(65_536);
            assertThat((List<?>) gguf.metadata().get("texts")).hasSize(1_000_000).last().isEqualTo("");
        }
        Path tooMany = header(3, 0, 65_537).zeros(65_537 * 14).write(folder.resolve("keys.gguf"));
        assertThatThrownBy(() -> Gguf.open(tooMany)).hasMessageContaining("GGUF_COUNT_IMPOSSIBLE").hasMessageContaining("65536");
    }
}
