package dev.nibble.core.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.checkpoint.io.FailingChannel;
import dev.nibble.core.codec.AdditiveCodes;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightJournalTest {
    private static final int ROWS = 8;
    private static final int COLUMNS = 64;

    @TempDir
    Path folder;

    private final Arena arena = Arena.ofAuto();

    private Weight weight(Codec codec, List<Transform> inward, List<Transform> outward) {
        byte[] bytes = new byte[Math.toIntExact(codec.bytes((long) ROWS * COLUMNS))];
        new Random(5).nextBytes(bytes);
        MemorySegment data = arena.allocate(bytes.length, Long.BYTES);
        MemorySegment.copy(bytes, 0, data, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return new Weight(new Tensor(codec, Shape.of(ROWS, COLUMNS), data), inward, outward, ActivationQuantization.NONE);
    }

    private static float[] signs(int count) {
        float[] signs = new float[count];
        for (int i = 0; i < count; i++) {
            signs[i] = i % 3 == 0 ? -1 : 1.5f;
        }
        return signs;
    }

    private static float[] numbers(Weight weight) {
        float[] numbers = new float[ROWS * COLUMNS];
        for (int row = 0; row < ROWS; row++) {
            weight.read(row, numbers, row * COLUMNS);
        }
        return numbers;
    }

    @Test
    void weightsComeBackWithAllThatWasFound() throws IOException {
        float[] learned = new float[2 * 256 * AdditiveCodes.DIMENSION];
        for (int i = 0; i < learned.length; i++) {
            learned[i] = (float) Math.sin(i);
        }
        AdditiveCodes unlearned = AdditiveCodes.unlearned(2, 8, COLUMNS);
        int[] order = new int[COLUMNS];
        for (int i = 0; i < COLUMNS; i++) {
            order[i] = (i * 5 + 3) % COLUMNS;
        }
        Codec plain = GroupAffine.of(4, 32, GroupAffine.Zero.INTEGER);
        List<Weight> weights = List.of(weight(plain, List.of(), List.of()),
                weight(plain, List.of(new Transform.Permutation(order)), List.of()),
                weight(plain, List.of(new Transform.ChannelScale(signs(COLUMNS))), List.of()),
                weight(plain, List.of(new Transform.Hadamard(32, signs(COLUMNS))), List.of(new Transform.Hadamard(8, signs(ROWS)))),
                weight(unlearned.with(learned), List.of(), List.of()),
                weight(plain, List.of(), List.of()).with(new ActivationQuantization.PerTensor(0.25f, -7)));
        Path path = folder.resolve("a.journal");
        try (WeightJournal journal = WeightJournal.begin(path, "job")) {
            for (int i = 0; i < weights.size(); i++) {
                journal.add("layer" + i, weights.get(i));
            }
            journal.addScale("layer0", signs(7));
        }
        try (WeightJournal journal = WeightJournal.resume(path, "job")) {
            assertThat(journal.weights()).isEqualTo(weights.size());
            for (int i = 0; i < weights.size(); i++) {
                Weight found = journal.find("layer" + i, i == 4 ? unlearned : plain, arena).orElseThrow();
                assertThat(numbers(found)).as("weight " + i).isEqualTo(numbers(weights.get(i)));
                assertThat(found.inputQuantization()).isEqualTo(weights.get(i).inputQuantization());
            }
            assertThat(journal.find("layer0", unlearned, arena)).isEmpty();
            assertThat(journal.find("layer9", plain, arena)).isEmpty();
            assertThat(journal.findScale("layer0")).hasValueSatisfying(scale -> assertThat(scale).isEqualTo(signs(7)));
            assertThat(journal.findScale("layer1")).isEmpty();
        }
        assertThatThrownBy(() -> WeightJournal.resume(path, "other")).isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("the journal of another job");
        try (WeightJournal journal = WeightJournal.begin(path, "other")) {
            assertThat(journal.isEmpty()).isTrue();
        }
    }

    @Test
    void whatIsCutOffOrDamagedIsDropped() throws IOException {
        Codec codec = GroupAffine.of(4, 32, GroupAffine.Zero.INTEGER);
        Path path = folder.resolve("a.journal");
        long first;
        try (WeightJournal journal = WeightJournal.begin(path, "job")) {
            journal.add("one", weight(codec, List.of(), List.of()));
            first = Files.size(path);
            journal.add("two", weight(codec, List.of(), List.of()));
        }
        byte[] whole = Files.readAllBytes(path);
        for (long cut = 0; cut < whole.length; cut += 7) {
            Files.write(path, whole);
            try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
                file.truncate(cut);
            }
            try (WeightJournal journal = WeightJournal.resume(path, "job")) {
                assertThat(journal.weights()).as("cut at " + cut).isEqualTo(cut < first ? 0 : 1);
            }
        }
        byte[] damaged = whole.clone();
        damaged[(int) first + 60] ^= 1;
        Files.write(path, damaged);
        try (WeightJournal journal = WeightJournal.resume(path, "job")) {
            assertThat(journal.weights()).isEqualTo(1);
            journal.add("two", weight(codec, List.of(), List.of()));
        }
        assertThat(Files.readAllBytes(path)).isEqualTo(whole);
    }

    @Test
    void whatIsRememberedIsOnTheDisk() throws IOException {
        Codec codec = GroupAffine.of(4, 32, GroupAffine.Zero.INTEGER);
        Path whole = folder.resolve("whole.journal");
        try (WeightJournal journal = WeightJournal.begin(whole, "job")) {
            journal.add("one", weight(codec, List.of(), List.of()));
        }
        int writing = (int) Files.size(whole) + 2; // byte by byte, and the file truncated twice
        for (int operations : new int[]{writing - 1, writing, writing + 1}) {
            Path path = folder.resolve(operations + ".journal");
            FailingChannel file = new FailingChannel(
                    FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE), operations);
            try (WeightJournal journal = WeightJournal.resume(file, path, "job")) {
                if (operations > writing) {
                    journal.add("one", weight(codec, List.of(), List.of()));
                } else { // in the last byte, then in syncing
                    assertThatThrownBy(() -> journal.add("one", weight(codec, List.of(), List.of()))).isInstanceOf(IOException.class);
                }
                assertThat(journal.weights()).isEqualTo(operations > writing ? 1 : 0);
            }
        }
    }

    @Test
    void filesBesideItAreKnownWhileTheyAreAsTheyWere() throws IOException {
        Path bundle = Files.writeString(folder.resolve("bundle"), "statistics");
        Path path = folder.resolve("a.journal");
        try (WeightJournal journal = WeightJournal.begin(path, "job")) {
            assertThat(journal.isUnchanged(bundle)).isFalse();
            journal.addFile(bundle);
            assertThat(journal.weights()).isZero();
            assertThat(journal.isEmpty()).isFalse();
        }
        try (WeightJournal journal = WeightJournal.resume(path, "job")) {
            assertThat(journal.isUnchanged(bundle)).isTrue();
            FileTime then = Files.getLastModifiedTime(bundle);
            Files.setLastModifiedTime(bundle, FileTime.fromMillis(then.toMillis() + 1));
            assertThat(journal.isUnchanged(bundle)).as("of the same size").isFalse();
            Files.setLastModifiedTime(bundle, then);
            assertThat(journal.isUnchanged(bundle)).isTrue();
            Files.writeString(bundle, "others");
            assertThat(journal.isUnchanged(bundle)).isFalse();
            Files.delete(bundle);
            assertThat(journal.isUnchanged(bundle)).isFalse();
        }
    }
}
