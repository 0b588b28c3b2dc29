package dev.nibble.core.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nibble.core.model.HistoryModel;
import dev.nibble.core.model.Model;
import dev.nibble.error.UnsupportedException;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ProtocolTest {
    private static final int[] TEXT = IntStream.range(0, 23).toArray();

    @Test
    void p1ScoresAllButTheFirstAndAddsNoBegin() {
        Windows windows = Protocol.PAPER_2048.windows(TEXT, 8, OptionalInt.of(99), Integer.MAX_VALUE);
        assertEquals(2, windows.count());
        assertArrayEquals(new int[]{0, 1, 2, 3, 4, 5, 6, 7}, windows.tokens().getFirst());
        assertArrayEquals(new int[]{8, 9, 10, 11, 12, 13, 14, 15}, windows.tokens().get(1));
        assertEquals(1, windows.firstScored());
        assertEquals(14, windows.scored());
    }

    @Test
    void p3BeginsEachWindowAndScoresTheSecondHalf() {
        Windows windows = Protocol.LLAMA_CPP.windows(TEXT, 8, OptionalInt.of(99), Integer.MAX_VALUE);
        assertArrayEquals(new int[]{99, 9, 10, 11, 12, 13, 14, 15}, windows.tokens().get(1));
        assertEquals(5, windows.firstScored()); // positions 4, 5, 6 predict tokens 5, 6, 7
        assertEquals(3, windows.scored(0));
        assertArrayEquals(new int[]{0, 1, 2, 3, 4, 5, 6, 7},
                Protocol.LLAMA_CPP.windows(TEXT, 8, OptionalInt.empty(), 1).tokens().getFirst());
    }

    @Test
    void onlyTheFirstWindowsIfAskedFor() {
        assertEquals(1, Protocol.PAPER_2048.windows(TEXT, 8, OptionalInt.empty(), 1).count());
        assertThrows(IllegalArgumentException.class, () -> Protocol.PAPER_2048.windows(TEXT, 8, OptionalInt.empty(), 0));
    }

    @Test
    void textTooShortIsRefusedWithNumbers() {
        String p3 = refused(() -> Protocol.LLAMA_CPP.windows(TEXT, 12, OptionalInt.empty(), 9));
        assertTrue(p3.contains("23 tokens") && p3.contains("at least 24"), p3);
        assertEquals(1, Protocol.PAPER_2048.windows(TEXT, 23, OptionalInt.empty(), 9).count());
        String p1 = refused(() -> Protocol.PAPER_2048.windows(TEXT, 24, OptionalInt.empty(), 9));
        assertTrue(p1.contains("23 tokens") && p1.contains("at least 24"), p1);
    }

    @Test
    void lengthOfWindowsFollowsProtocolAndModel() {
        Model small = HistoryModel.random(3, 256, 1);
        Model large = HistoryModel.random(3, 8192, 1);
        assertEquals(256, Protocol.PAPER_2048.context(small, OptionalInt.empty()));
        assertEquals(2048, Protocol.PAPER_2048.context(large, OptionalInt.empty()));
        assertEquals(4096, Protocol.PAPER_4096.context(large, OptionalInt.empty()));
        assertEquals(512, Protocol.LLAMA_CPP.context(large, OptionalInt.empty()));
        assertEquals(256, Protocol.LLAMA_CPP.context(small, OptionalInt.empty()));
        assertEquals(300, Protocol.LLAMA_CPP.context(small, OptionalInt.of(300)));
        assertTrue(refused(() -> Protocol.PAPER_4096.context(small, OptionalInt.empty())).contains("256"));
        assertTrue(refused(() -> Protocol.PAPER_4096.context(large, OptionalInt.of(2048))).contains("4096"));
        assertTrue(refused(() -> Protocol.LLAMA_CPP.context(large, OptionalInt.of(3))).contains("at least 4"));
    }

    @Test
    void warnsWhereFiguresDoNotCompare() {
        Model small = HistoryModel.random(3, 256, 1);
        assertEquals(0, Protocol.LLAMA_CPP.warnings(HistoryModel.random(3, 512, 1), 512).size());
        assertEquals(1, Protocol.LLAMA_CPP.warnings(small, 256).size());
        assertEquals(2, Protocol.LLAMA_CPP.warnings(small, 300).size());
    }

    @Test
    void namesAreFoundInAnyCase() {
        assertEquals(Protocol.PAPER_4096, Protocol.named("P2"));
        assertEquals(Protocol.LLAMA_CPP, Protocol.named("p3"));
        assertTrue(refused(() -> Protocol.named("p4")).contains("p1, p2, p3"));
    }

    private static String refused(org.junit.jupiter.api.function.Executable call) {
        return assertThrows(UnsupportedException.class, call).getMessage();
    }
}
