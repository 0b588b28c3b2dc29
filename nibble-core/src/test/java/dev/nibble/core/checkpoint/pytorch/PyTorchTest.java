package dev.nibble.core.checkpoint.pytorch;

import static dev.nibble.core.checkpoint.open.Refusals.ANYWHERE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.SharedMaterial;
import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.io.FileBytes;
import dev.nibble.core.checkpoint.open.Checkpoints;
import dev.nibble.core.checkpoint.open.Refusals;
import dev.nibble.core.checkpoint.pytorch.PickleBytes.Zip;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Rows P01 to P17 of the catalogue of bad input, and the contents of checkpoints. */
class PyTorchTest {
    private static final int FIRST_OPERATION = 2;

    @TempDir
    Path folder;
    private Refusals refusals;

    @BeforeEach
    void setUp() {
        refusals = new Refusals(PyTorch::open, folder.resolve("bad.pt"));
    }

    /** Six floats, 0 to 5. */
    private static byte[] floats() {
        FileBytes floats = new FileBytes();
        for (int i = 0; i < 6; i++) {
            floats.u32(Float.floatToIntBits(i));
        }
        return floats.bytes();
    }

    private static Zip zip(byte[] pickle) {
        return new Zip().put("m/data.pkl", pickle).put("m/byteorder", "little".getBytes(StandardCharsets.UTF_8)).put("m/data/0", floats())
                .put("m/version", "3\n".getBytes(StandardCharsets.UTF_8));
    }

    private static Zip right() {
        return zip(new PickleBytes().tensor("FloatStorage", "0", 6, 0, new long[]{2, 3}, new long[]{3, 1}).op('.').bytes());
    }

    private static byte[] zipped(Consumer<Zip> change) {
        Zip zip = right();
        change.accept(zip);
        return zip.bytes();
    }

    /** @param at position from the start of the pickle */
    private DynamicTest pickle(String row, PickleBytes pickle, String code, int at, String... mentions) {
        long start = 30L + "m/data.pkl".length();
        return refusals.refused(row, zip(pickle.bytes()).bytes(), "PICKLE_" + code, at < 0 ? ANYWHERE : start + at, mentions);
    }

    @TestFactory
    Stream<DynamicTest> pickles() {
        List<DynamicTest> tests = new ArrayList<>();
        for (String name : List.of("os system", "builtins eval", "posix system", "torch._utils __builtins__", "torch.serialization load",
                "torch.hub load", "torch._utils _rebuild_tensor_v2.x", "collections OrderedDict ", "torch load",
                "numpy.core.multiarray scalar")) {
            String[] parts = name.split(" ", 2);
            tests.add(pickle("P01 " + name, new PickleBytes().global(parts[0], parts[1]).text("rm").op(0x85, 'R', '.'), "GLOBAL_FORBIDDEN",
                    FIRST_OPERATION, parts[0] + "." + parts[1].strip()));
            tests.add(pickle("P02 from the stack " + name, new PickleBytes().text(parts[0]).text(parts[1]).op(0x93, '.'),
                    "GLOBAL_FORBIDDEN", -1));
        }
        tests.add(pickle("P01 INST", new PickleBytes().op('(', 'i'), "OPERATION", FIRST_OPERATION + 1, "0x69"));
        tests.add(pickle("P03 broken tail", new PickleBytes().global("os", "system").op(0xFF), "GLOBAL_FORBIDDEN", FIRST_OPERATION));
        tests.add(pickle("P03 after the end", new PickleBytes().op('N', '.', 'N', '.'), "TRAILING_BYTES", FIRST_OPERATION + 1));
        tests.add(pickle("P04 call of a type", new PickleBytes().global("torch", "FloatStorage").op(')', 'R', '.'), "CALL", -1));
        tests.add(pickle("P04 call of a text", new PickleBytes().text("x").op(')', 'R', '.'), "CALL", -1));
        tests.add(pickle("P04 OrderedDict of items", new PickleBytes().global("collections", "OrderedDict").op(']', 0x85, 'R', '.'), "CALL",
                -1));
        tests.add(pickle("P04 state of a dictionary", new PickleBytes().op('}', '}', 'b', '.'), "BUILD", FIRST_OPERATION + 2));
        tests.add(pickle("P04 other state",
                new PickleBytes().global("collections", "OrderedDict").op(')', 'R', '}').text("__setstate__").op('N', 's', 'b', '.'),
                "BUILD", -1));
        for (int operation : new int[]{0x81, 0x92, 'o', 0x82, 0x83, 0x84, 'P', 0xFF, 0x80, 0x8f, 0x90, 0x91, 0x96, 0x97, 'I', 'S', 'V'}) {
            tests.add(pickle("P05 operation " + Integer.toHexString(operation), new PickleBytes().op(operation, '.'), "OPERATION",
                    FIRST_OPERATION));
        }
        tests.add(refusals.refused("P05 protocol 6", zip(new byte[]{(byte) 0x80, 6, 'N', '.'}).bytes(), "PICKLE_PROTOCOL", ANYWHERE));
        tests.add(refusals.refused("P05 no protocol", zip(new byte[]{'N', '.'}).bytes(), "PICKLE_PROTOCOL", ANYWHERE));
        PickleBytes longFrame = new PickleBytes().op(0x95);
        longFrame.code.u64(100);
        tests.add(pickle("P05 frame past the end", longFrame.op('N', '.'), "LENGTH", FIRST_OPERATION));
        PickleBytes nested = new PickleBytes().op(0x95);
        nested.code.u64(12).u8(0x95).u64(2);
        tests.add(pickle("P05 frame in a frame", nested.op('N', '.', 'N'), "FRAME", FIRST_OPERATION + 9));
        tests.add(pickle("P06 memory never set", new PickleBytes().op('h', 3, '.'), "MEMO", FIRST_OPERATION));
        tests.add(pickle("P06 memory 2^31", new PickleBytes().op('N', 'r', 0, 0, 0, 0x80, '.'), "MEMO", FIRST_OPERATION + 1));
        tests.add(pickle("P06 no mark", new PickleBytes().op('t', '.'), "STACK", FIRST_OPERATION));
        tests.add(pickle("P06 pop of nothing", new PickleBytes().op('0', '.'), "STACK", FIRST_OPERATION));
        tests.add(pickle("P06 pop through a mark", new PickleBytes().op('N', '(', '0', '.'), "STACK", FIRST_OPERATION + 2));
        tests.add(pickle("P06 two values", new PickleBytes().op('N', 'N', '.'), "STACK", FIRST_OPERATION + 2));
        tests.add(pickle("P06 nothing", new PickleBytes().op('.'), "STACK", FIRST_OPERATION));
        tests.add(pickle("P06 no end", new PickleBytes().op('N'), "TRUNCATED", -1));
        PickleBytes many = new PickleBytes();
        for (int i = 0; i < 5_000_000; i++) {
            many.op('N', '0');
        }
        tests.add(pickle("P06 too many operations", many.op('N', '.'), "TOO_MANY_OPERATIONS", -1));
        for (int[] operation : new int[][]{{0x8b, 0, 0, 0, 0x80}, {0x8b, 0xFF, 0xFF, 0xFF, 0x7F}, {0x8d, 0, 0, 0, 0, 0, 0, 0, 0x80},
            {0x8e, 1, 0, 0, 0, 0, 0, 0, 0}, {'X', 0xFF, 0xFF, 0xFF, 0xFF}, {'B', 0xFF, 0xFF, 0xFF, 0xFF}, {'T', 0xFF, 0xFF, 0xFF, 0xFF}}) {
            tests.add(pickle("P07 " + Integer.toHexString(operation[0]), new PickleBytes().op(operation), "LENGTH", FIRST_OPERATION));
        }
        tests.add(pickle("P08 item of a list", new PickleBytes().op(']').text("a").op('N', 's', '.'), "NOT_A_DICTIONARY", -1));
        tests.add(pickle("P08 items of a tensor", new PickleBytes().tensor("FloatStorage", "0", 6, 0, new long[]{1}, new long[]{1})
                .op('(', 'N', 'N', 'u', '.'), "NOT_A_DICTIONARY", -1));
        tests.add(pickle("P08 append to a tuple", new PickleBytes().op(')', 'N', 'a', '.'), "NOT_A_LIST", FIRST_OPERATION + 2));
        tests.add(pickle("P08 appends to None", new PickleBytes().op('N', '(', 'N', 'e', '.'), "NOT_A_LIST", FIRST_OPERATION + 3));
        tests.add(pickle("P08 key of a list", new PickleBytes().op('}', ']', 'N', 's', '.'), "KEY", FIRST_OPERATION + 3));
        tests.add(pickle("P09 list in itself", new PickleBytes().op(']', 'q', 0, 'h', 0, 'a', '.'), "CYCLE", -1));
        tests.add(
                pickle("P09 dictionary in itself", new PickleBytes().op('}', 'q', 0).text("a").op('h', 0, 's', '.'), "CYCLE", -1, "\"a\""));
        PickleBytes deep = new PickleBytes().op('N');
        for (int i = 0; i < 10_000; i++) {
            deep.op(0x85);
        }
        tests.add(pickle("P09 deep", deep.op('.'), "TOO_DEEP", -1));
        PickleBytes doubling = new PickleBytes().op(']', 'N', 'a', 'q', 0);
        for (int i = 0; i < 40; i++) {
            doubling.op('0', ']', '(', 'h', i, 'h', i, 'e', 'q', i + 1);
        }
        tests.add(pickle("P09 2^40 paths", doubling.op('.'), "TOO_MANY_OBJECTS", -1));
        return tests.stream();
    }

    @TestFactory
    Stream<DynamicTest> tensors() {
        List<DynamicTest> tests = new ArrayList<>();
        long[] one = {1};
        for (String key : List.of("1", "../../x", "")) {
            tests.add(pickle("P10 storage " + key, new PickleBytes().tensor("FloatStorage", key, 6, 0, one, one).op('.'), "STORAGE_MISSING",
                    -1,
                    "\"" + key + "\""));
        }
        for (long count : new long[]{5, 7, -6, Long.MAX_VALUE}) {
            tests.add(pickle("P10 count " + count, new PickleBytes().tensor("FloatStorage", "0", count, 0, one, one).op('.'),
                    "STORAGE_SIZE", -1,
                    "24 bytes"));
        }
        tests.add(pickle("P10 type", new PickleBytes().tensor("QuantStorage", "0", 6, 0, one, one).op('.'), "GLOBAL_FORBIDDEN", -1));
        tests.add(
                pickle("P10 no class", new PickleBytes().op('(').text("storage").global("torch", "float32").text("0").text("cpu").number(6)
                        .op('t', 'Q', '.'), "STORAGE", -1));
        long[][][] wrong = {{{-1}, {1}, {1}}, {{1L << 62}, {1}, {1}}, {{7}, {0}, {1}}, {{0}, {7}, {1}}, {{1}, {6}, {1}}, {{0}, {2}, {6}},
            {{0}, {2}, {-1}}, {{0}, {-1}, {1}}, {{0}, {3}, {1L << 62}}, {{0}, {Long.MAX_VALUE}, {1}},
            {{0}, {1L << 40, 1L << 40}, {0, 0}}, {{0}, {2, 3}, {3, 2}}};
        for (long[][] view : wrong) {
            tests.add(pickle("P11 " + Arrays.deepToString(view),
                    new PickleBytes().tensor("FloatStorage", "0", 6, view[0][0], view[1], view[2]).op('.'), "TENSOR_OUT_OF_STORAGE", -1));
        }
        tests.add(pickle("P11 rank 65", new PickleBytes().tensor("FloatStorage", "0", 6, 0, new long[65], new long[65]).op('.'),
                "TENSOR_SHAPE",
                -1, "65"));
        tests.add(pickle("P11 no stride", new PickleBytes().tensor("FloatStorage", "0", 6, 0, new long[]{2, 3}, one).op('.'),
                "TENSOR_SHAPE", -1));
        tests.add(pickle("P12 expanded", new PickleBytes().tensor("FloatStorage", "0", 6, 0, new long[]{1L << 40}, new long[]{0}).op('.'),
                "TENSOR_TOO_LARGE", -1));
        return tests.stream();
    }

    @TestFactory
    Stream<DynamicTest> archives() {
        List<DynamicTest> tests = new ArrayList<>();
        byte[] right = right().bytes();
        tests.add(refusals.everyCutRefused("P13 every cut", right, right.length));
        tests.add(refusals.refused("P13 other name in front", zipped(zip -> zip.localName = "m/other.pkl"), "ZIP_LOCAL_HEADER", 0));
        for (int flag : new int[]{0x1, 0x20, 0x40, 0x2000}) {
            tests.add(refusals.refused("P13 flag " + flag, zipped(zip -> zip.flags = flag), "ZIP_ENTRY", ANYWHERE, "m/data.pkl"));
        }
        tests.add(refusals.refused("P13 checksum", zipped(zip -> zip.crcChange = 1), "ZIP_CHECKSUM", ANYWHERE, "m/data.pkl"));
        tests.add(refusals.refused("P13 overlap", zipped(zip -> zip.overlap = true), "ZIP_OVERLAP", ANYWHERE));
        tests.add(refusals.refused("P13 overlap of a byte", zipped(zip -> zip.longer = "m/data/0"), "ZIP_OVERLAP", ANYWHERE, "m/version"));
        tests.add(refusals.refused("P13 comment", zipped(zip -> zip.tail = new byte[]{1, 2, 3}), "ZIP_TRUNCATED", ANYWHERE, "comment"));
        tests.add(refusals.refused("P13 second end", zipped(zip -> zip.tail = new FileBytes().u32(0x06054b50).zeros(18).bytes()),
                "ZIP_DIRECTORY", ANYWHERE));
        for (int change : new int[]{-1, 1, 60_000}) {
            tests.add(refusals.refused("P13 count " + change, zipped(zip -> zip.countChange = change),
                    change < 0 ? "ZIP_DIRECTORY" : "ZIP_TOO_MANY_ENTRIES", ANYWHERE));
        }
        tests.add(
                refusals.refused("P13 two pickles", zipped(zip -> zip.put("n/data.pkl", new byte[]{'.'})), "PYTORCH_NO_PICKLE", ANYWHERE));
        tests.add(refusals.refused("P13 no pickle", new Zip().put("a", new byte[9]).bytes(), "PYTORCH_NO_PICKLE", ANYWHERE));
        tests.add(refusals.refused("P14 compressed", zipped(zip -> zip.method = 8), "ZIP_COMPRESSED", ANYWHERE));
        return tests.stream();
    }

    @Test
    void otherPythonFilesAreUnsupportedWithAdvice() throws IOException {
        byte[] tar = new FileBytes().zeros(257).ascii("ustar").zeros(300).bytes();
        for (byte[] file : List.of(new byte[]{(byte) 0x80, 2, (byte) 0x8a, 10}, tar, zipped(zip -> zip.put("m/code/x.py", new byte[1])),
                zipped(zip -> zip.put("m/constants.pkl", new byte[1])), zipped(zip -> zip.put("m/byteorder", new byte[]{'b', 'i', 'g'})),
                zipped(zip -> zip.put("m/version", "9999".getBytes(StandardCharsets.UTF_8))))) { // P15, P16
            Path path = Files.write(folder.resolve("x.bin"), file);
            assertThatThrownBy(() -> PyTorch.open(path)).isInstanceOf(UnsupportedException.class).hasMessageContaining("save_file")
                    .hasMessageContaining("x.bin");
        }
    }

    /** A weight of torchao as written by torch.save: names of two functions and a class, then a call with all its contents. */
    @Test
    void tensorObjectsAreUnsupportedWithAdvice() throws IOException {
        PickleBytes whole = new PickleBytes().op('}').text("w").global("torch._tensor", "_rebuild_from_type_v2").op('(')
                .global("torch._utils", "_rebuild_wrapper_subclass").global("torchao.quantization", "Int4Tensor").op('(')
                .global("torchao.quantization", "Int4Tensor").op('t', '}').text("qdata")
                .tensor("FloatStorage", "0", 6, 0, new long[]{6}, new long[]{1}).op('s', 't', 'R', 's', '.');
        PickleBytes wrapper = new PickleBytes().global("torch._utils", "_rebuild_wrapper_subclass").op(')', 'R', '.');
        PickleBytes fromStack = new PickleBytes().text("torchao.dtypes.affine_quantized_tensor").text("AffineQuantizedTensor").op(0x93)
                .op(')', 'R', '.');
        for (PickleBytes pickle : List.of(whole, wrapper, fromStack)) {
            Path path = Files.write(folder.resolve("pytorch_model.bin"), zip(pickle.bytes()).bytes());
            assertThatThrownBy(() -> PyTorch.open(path)).isInstanceOf(UnsupportedException.class)
                    .hasMessageContaining("pytorch_model.bin").hasMessageContaining("torchao").hasMessageContaining("nothing was executed")
                    .hasMessageContaining("save it as safetensors");
        }
        PickleBytes other = new PickleBytes().global("torchaos", "system").op(')', 'R', '.');
        Path path = Files.write(folder.resolve("pytorch_model.bin"), zip(other.bytes()).bytes());
        assertThatThrownBy(() -> PyTorch.open(path)).isInstanceOf(MalformedFileException.class).hasMessageContaining("may be an attack");
    }

    @Test
    void viewsMaterializeAndDictionariesJoin() throws IOException {
        PickleBytes pickle = new PickleBytes().op('}').text("model").global("collections", "OrderedDict").op(')', 'R');
        pickle.op('(').text("plain").tensor("FloatStorage", "0", 6, 0, new long[]{2, 3}, new long[]{3, 1});
        pickle.text("transposed").tensor("FloatStorage", "0", 6, 0, new long[]{3, 2}, new long[]{1, 3});
        pickle.text("expanded").tensor("FloatStorage", "0", 6, 4, new long[]{2, 2}, new long[]{0, 1});
        pickle.text("every second").tensor("FloatStorage", "0", 6, 1, new long[]{3}, new long[]{2});
        pickle.text("scalar").tensor("FloatStorage", "0", 6, 5, new long[]{}, new long[]{});
        pickle.text("empty").tensor("FloatStorage", "0", 6, 6, new long[]{0, 4}, new long[]{4, 1}).op('u');
        pickle.op('}').text("_metadata").op('}', 's', 'b', 's').text("step").number(7).op('s').text("list").op(']', '(').number(1).number(2)
                .op('e', 's').text("tensors").op(']').tensor("FloatStorage", "0", 6, 2, new long[]{1}, new long[]{1}).op('a', 's', '.');
        Path path = Files.write(folder.resolve("views.pt"), zip(pickle.bytes()).bytes());
        try (Checkpoint checkpoint = PyTorch.open(path)) { // P12
            assertThat(floats(checkpoint, "model.plain")).containsExactly(0, 1, 2, 3, 4, 5);
            assertThat(floats(checkpoint, "model.transposed")).containsExactly(0, 3, 1, 4, 2, 5);
            assertThat(floats(checkpoint, "model.expanded")).containsExactly(4, 5, 4, 5);
            assertThat(floats(checkpoint, "model.every second")).containsExactly(1, 3, 5);
            assertThat(floats(checkpoint, "model.scalar")).containsExactly(5);
            assertThat(floats(checkpoint, "model.empty")).isEmpty();
            assertThat(floats(checkpoint, "tensors.0")).containsExactly(2);
            assertThat(checkpoint.info("model.transposed").shape()).isEqualTo(Shape.of(3, 2));
            assertThat(checkpoint.metadata()).containsEntry("step", 7L).containsEntry("list", List.of(1L, 2L));
        }
        PickleBytes twice = new PickleBytes().op('}').text("a.b").tensor("FloatStorage", "0", 6, 0, new long[]{1}, new long[]{1}).op('s')
                .text("a").op('}').text("b").tensor("FloatStorage", "0", 6, 0, new long[]{1}, new long[]{1}).op('s', 's', '.');
        Path same = Files.write(folder.resolve("same.pt"), zip(twice.bytes()).bytes());
        assertThatThrownBy(() -> PyTorch.open(same)).hasMessageContaining("PYTORCH_DUPLICATE_TENSOR").hasMessageContaining("a.b");
    }

    private static float[] floats(Checkpoint checkpoint, String name) {
        Tensor tensor = checkpoint.tensor(name);
        float[] floats = new float[(int) tensor.shape().count()];
        tensor.codec().decode(tensor.data(), 0, floats, 0, floats.length);
        return floats;
    }

    @Test
    @Tag("shared")
    void readsWhatPyTorchWrote() throws IOException {
        try (Checkpoint checkpoint = Checkpoints.open(SharedMaterial.path("models/raw/slm4096.pt"))) {
            assertThat(checkpoint.format()).isEqualTo("pytorch");
            assertThat(checkpoint.info("model_state.tok_emb.weight").shape()).isEqualTo(Shape.of(54, 64));
            assertThat(checkpoint.info("model_state.tok_emb.weight").codec().name()).isEqualTo("F32");
            assertThat(checkpoint.metadata()).containsEntry("n_params", 211712L);
            float[] embedding = floats(checkpoint, "model_state.tok_emb.weight");
            for (float number : embedding) {
                assertThat(number).isBetween(-10f, 10f);
            }
            float[] mask = floats(checkpoint, "model_state.blocks.0.attn.mask");
            assertThat(mask).hasSize(128 * 128).startsWith(1, 0).endsWith(1, 1);
        }
    }
}
