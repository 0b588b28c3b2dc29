package dev.nibble.core.checkpoint.imatrix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.SharedMaterial;
import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.checkpoint.gguf.GgufWriter;
import dev.nibble.core.checkpoint.io.FileBytes;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImatrixTest {
    @TempDir
    Path folder;

    private static byte[] floats(float... numbers) {
        FileBytes bytes = new FileBytes();
        for (float number : numbers) {
            bytes.u32(Float.floatToRawIntBits(number));
        }
        return bytes.bytes();
    }

    private Path gguf(Map<String, float[]> tensors) throws IOException {
        List<TensorInfo> infos = new ArrayList<>();
        tensors.forEach((name, numbers) -> infos.add(new TensorInfo(name, Plain.F32, Shape.of(numbers.length))));
        GgufMetadata metadata = new GgufMetadata().putString("general.type", "imatrix")
                .putStrings("imatrix.datasets", List.of("a.txt", "b.txt"))
                .putU32("imatrix.chunk_count", 12).putU32("imatrix.chunk_size", 512);
        Path path = folder.resolve("imatrix.gguf");
        try (GgufWriter writer = GgufWriter.create(path, metadata, infos, true)) {
            for (Map.Entry<String, float[]> tensor : tensors.entrySet()) {
                writer.write(tensor.getKey(), 0, MemorySegment.ofArray(floats(tensor.getValue())));
            }
            writer.commit();
        }
        return path;
    }

    @Test
    void meansFromGguf() throws IOException {
        Map<String, float[]> tensors = new LinkedHashMap<>();
        tensors.put("good.in_sum2", new float[]{2, 4, 0});
        tensors.put("good.counts", new float[]{4});
        tensors.put("experts.in_sum2", new float[]{2, 4, 6, 8, 0, 0});
        tensors.put("experts.counts", new float[]{2, 0, 3});
        for (float wrong : new float[]{Float.NaN, Float.POSITIVE_INFINITY, -1}) {
            tensors.put("bad" + wrong + ".in_sum2", new float[]{1, wrong});
            tensors.put("bad" + wrong + ".counts", new float[]{1});
        }
        tensors.put("zero.in_sum2", new float[]{0, 0});
        tensors.put("zero.counts", new float[]{5});
        tensors.put("unseen.in_sum2", new float[]{1, 1});
        tensors.put("unseen.counts", new float[]{0});
        Imatrix imatrix = Imatrix.read(gguf(tensors));
        assertThat(imatrix.names()).containsExactly("good", "experts");
        assertThat(imatrix.weights("good")).hasValue(new float[]{0.5f, 1, 0});
        assertThat(imatrix.weights("experts")).hasValue(new float[]{1, 2, 1, 1, 1, 1});
        assertThat(imatrix.weights("zero")).isEmpty(); // G44
        assertThat(imatrix.warnings()).hasSize(6);
        for (String name : List.of("badNaN", "badInfinity", "bad-1.0", "zero", "unseen", "experts")) {
            assertThat(imatrix.warnings()).anyMatch(line -> line.contains(name));
        }
        assertThat(imatrix.datasets()).containsExactly("a.txt", "b.txt");
        assertThat(imatrix.chunks()).isEqualTo(12);
        assertThat(imatrix.chunkSize()).isEqualTo(512);
        assertThat(imatrix.entries()).isEqualTo(7);
    }

    @Test
    void ggufThatIsNoImatrix() throws IOException {
        assertThatThrownBy(() -> Imatrix.read(gguf(Map.of("w", new float[1])))).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("no importance matrix");
        assertThatThrownBy(() -> Imatrix.read(gguf(Map.of("w.in_sum2", new float[1])))).hasMessageContaining("w.counts");
        assertThatThrownBy(() -> Imatrix.read(gguf(Map.of("w.counts", new float[1])))).hasMessageContaining("counts without sums");
        assertThatThrownBy(() -> Imatrix.read(gguf(Map.of("w.in_sum2", new float[3], "w.counts", new float[2]))))
                .hasMessageContaining("3 sums and 2 counts");
    }

    private static FileBytes dat(int entries) {
        return new FileBytes().u32(entries);
    }

    private static FileBytes entry(FileBytes file, String name, int calls, float... values) {
        return file.u32(name.length()).ascii(name).u32(calls).u32(values.length).raw(floats(values));
    }

    @Test
    void meansFromDat() throws IOException {
        FileBytes file = dat(3);
        entry(file, "called", 4, 2, 4);
        entry(file, "never called", 0, 3, 5);
        entry(file, "bad", 1, Float.NaN, 1);
        Path path = file.u32(7).u32(5).ascii("x.txt").write(folder.resolve("imatrix.dat"));
        Imatrix imatrix = Imatrix.read(path);
        assertThat(imatrix.weights("called")).hasValue(new float[]{0.5f, 1});
        assertThat(imatrix.weights("never called")).hasValue(new float[]{3, 5});
        assertThat(imatrix.names()).hasSize(2);
        assertThat(imatrix.warnings()).singleElement().asString().contains("bad").contains("NaN");
        assertThat(imatrix.chunks()).isEqualTo(7);
        assertThat(imatrix.datasets()).containsExactly("x.txt");
    }

    /** The old format cannot say that nothing was measured: ones, as llama.cpp writes them, not zeros. */
    @Test
    void anExpertWithoutTextIsWrittenAsOnes() throws IOException {
        ImatrixWriter.Sums seen = new ImatrixWriter.Sums(new double[]{6, 0}, 3);
        ImatrixWriter.Sums unseen = new ImatrixWriter.Sums(new double[2], 0);
        for (String name : List.of("experts.dat", "experts.gguf")) {
            Path path = folder.resolve(name);
            ImatrixWriter.write(path, List.of(new ImatrixWriter.Entry("w", List.of(seen, unseen))), "x.txt", 5, 4, true);
            assertThat(Imatrix.read(path).weights("w")).hasValue(new float[]{2, 0, 1, 1});
        }
    }

    @Test
    void everyCutOfADatIsRefusedOrLacksOnlyItsNotes() throws IOException {
        FileBytes file = entry(entry(dat(2), "a", 1, 1, 2), "b", 1, 3);
        int notes = file.size();
        byte[] whole = file.u32(7).u32(1).ascii("x").bytes();
        Path path = folder.resolve("imatrix.dat");
        for (int cut = 0; cut < whole.length; cut++) {
            Files.write(path, Arrays.copyOf(whole, cut));
            if (cut >= notes && cut < notes + 8) {
                assertThat(Imatrix.read(path).names()).containsExactly("a", "b");
            } else {
                assertThatThrownBy(() -> Imatrix.read(path)).isInstanceOf(MalformedFileException.class);
            }
        }
        for (FileBytes wrong : List.of(dat(-1).zeros(40), dat(0).zeros(40), dat(1 << 30).zeros(40), dat(1).u32(-1).zeros(40),
                dat(1).u32(1).ascii("a").u32(1).u32(-1).zeros(40), dat(1).u32(1).ascii("a").u32(1).u32(1 << 30).zeros(40),
                entry(entry(dat(2), "a", 1, 1), "a", 1, 1))) {
            wrong.write(path);
            assertThatThrownBy(() -> Imatrix.read(path)).isInstanceOf(MalformedFileException.class);
        }
    }

    @Test
    @Tag("shared")
    void readsWhatLlamaCppWrote() throws IOException {
        Imatrix imatrix = Imatrix.read(SharedMaterial.path("golden/gguf-files/base-L1.imatrix.gguf"));
        assertThat(imatrix.warnings()).isEmpty();
        assertThat(imatrix.weights("blk.0.attn_q.weight").orElseThrow()).hasSize(256);
        assertThat(imatrix.weights("blk.0.ffn_down.weight").orElseThrow()).hasSize(512);
        assertThat(imatrix.chunks()).isPositive();
        assertThat(imatrix.datasets()).isNotEmpty();
    }
}
