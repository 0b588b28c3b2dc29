package dev.nibble.core.checkpoint.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.checkpoint.WrittenBytes;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChecksumsTest {
    private final long seed = Long.getLong("nibble.seed", 42);
    private final Random random = new Random(seed);

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static int straightforward(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    @Test
    void knownValue() {
        byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);
        assertThat(Checksums.crc32c(MemorySegment.ofArray(digits))).isEqualTo(0xE3069283);
    }

    @Test
    void combinesLikeOnePass() {
        for (int trial = 0; trial < 500; trial++) {
            byte[] whole = bytes(random.nextInt(300));
            int cut = random.nextInt(whole.length + 1);
            MemorySegment segment = MemorySegment.ofArray(whole);
            int combined = Checksums.combineCrc32c(Checksums.crc32c(segment.asSlice(0, cut)), Checksums.crc32c(segment.asSlice(cut)),
                    whole.length - cut);
            assertThat(combined).as("%d bytes cut at %d, seed %d", whole.length, cut, seed).isEqualTo(straightforward(whole));
        }
    }

    @Test
    void combinesOverLengthsOfManyGigabytes() {
        int gigabyteOfZeros = Checksums.crc32c(MemorySegment.ofArray(new byte[1 << 20]));
        for (int i = 20; i < 30; i++) {
            gigabyteOfZeros = Checksums.combineCrc32c(gigabyteOfZeros, gigabyteOfZeros, 1L << i);
        }
        int a = Checksums.combineCrc32c(gigabyteOfZeros, Checksums.combineCrc32c(gigabyteOfZeros, 77, 1L << 40), (1L << 30) + (1L << 40));
        int b = Checksums.combineCrc32c(Checksums.combineCrc32c(gigabyteOfZeros, gigabyteOfZeros, 1L << 30), 77, 1L << 40);
        assertThat(a).as("(A B) C = A (B C)").isEqualTo(b);
    }

    @Test
    void parallelIsTheSame() {
        try (Arena arena = Arena.ofShared()) {
            byte[] whole = bytes((9 << 20) + 17);
            MemorySegment segment = arena.allocate(whole.length);
            MemorySegment.copy(MemorySegment.ofArray(whole), 0, segment, 0, whole.length);
            assertThat(Checksums.crc32cParallel(segment)).isEqualTo(straightforward(whole));
            assertThat(Checksums.crc32cParallel(segment.asSlice(0, 0))).isZero();
        }
    }

    @Test
    void piecesInAnyOrderGiveTheWhole() {
        for (int trial = 0; trial < 100; trial++) {
            byte[] whole = bytes(1 + random.nextInt(500));
            List<Integer> cuts = new ArrayList<>(List.of(0, whole.length));
            for (int i = random.nextInt(8); i > 0; i--) {
                cuts.add(random.nextInt(whole.length + 1));
            }
            Collections.sort(cuts);
            List<Integer> pieces = new ArrayList<>();
            for (int i = 0; i + 1 < cuts.size(); i++) {
                pieces.add(i);
            }
            Collections.shuffle(pieces, random);
            WrittenBytes written = new WrittenBytes(whole.length);
            for (int piece : pieces) {
                assertThat(written.firstMissing()).isLessThanOrEqualTo(whole.length);
                int from = cuts.get(piece);
                int length = cuts.get(piece + 1) - from;
                written.add(from, length, Checksums.crc32c(MemorySegment.ofArray(whole).asSlice(from, length)));
            }
            assertThat(written.isComplete()).isTrue();
            assertThat(written.crc32c()).as("seed %d", seed).isEqualTo(straightforward(whole));
        }
    }

    @Test
    void bytesWrittenTwiceOrMissingAreNoticed() {
        WrittenBytes written = new WrittenBytes(10);
        written.add(2, 3, 0);
        for (long[] range : new long[][]{{2, 3}, {0, 3}, {4, 1}, {4, 6}, {3, 1}, {0, 10}, {1, 5}}) {
            assertThatThrownBy(() -> written.add(range[0], range[1], 0)).isInstanceOf(IllegalArgumentException.class);
        }
        written.add(5, 5, 0);
        assertThat(written.isComplete()).isFalse();
        assertThat(written.firstMissing()).isZero();
        assertThatThrownBy(written::crc32c).isInstanceOf(IllegalStateException.class);
        written.add(0, 1, 0);
        assertThat(written.firstMissing()).isEqualTo(1);
        written.add(1, 1, 0);
        assertThat(written.isComplete()).isTrue();
    }

    @Test
    void sha256OfAFile(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("abc"), "abc".getBytes(StandardCharsets.US_ASCII));
        List<Long> progress = new ArrayList<>();
        assertThat(Checksums.sha256(file, progress::add)).isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assertThat(progress).containsExactly(3L);
    }
}
