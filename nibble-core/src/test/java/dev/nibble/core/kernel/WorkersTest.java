package dev.nibble.core.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkersTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void doesEveryItemOnceInPiecesOfTheGrain(int threads) {
        try (Workers workers = Workers.of(threads)) {
            for (int items = 0; items < 300; items++) {
                int grain = 1 + items % 7;
                AtomicIntegerArray done = new AtomicIntegerArray(items);
                workers.run(items, grain, (from, to) -> {
                    assertEquals(0, from % grain);
                    for (int i = from; i < to; i++) {
                        done.incrementAndGet(i);
                    }
                });
                for (int i = 0; i < items; i++) {
                    assertEquals(1, done.get(i), "item " + i + " of " + items);
                }
            }
        }
    }

    @Test
    void everyRunSeesWhatTheOneBeforeWrote() {
        try (Workers workers = Workers.of(3)) {
            int[] numbers = new int[64];
            for (int round = 0; round < 20_000; round++) {
                int expected = round;
                workers.run(numbers.length, 1, (from, to) -> {
                    for (int i = from; i < to; i++) {
                        int neighbour = numbers[i]; // plain reads: the runs order them
                        numbers[i] = neighbour == expected ? expected + 1 : -1;
                    }
                });
            }
            for (int number : numbers) {
                assertEquals(20_000, number);
            }
        }
    }

    @Test
    void throwsWhatAPieceThrowsAndGoesOnAfterwards() {
        try (Workers workers = Workers.of(2)) {
            for (int round = 0; round < 1000; round++) {
                int bad = round % 100;
                IllegalStateException thrown = assertThrows(IllegalStateException.class, () -> workers.run(100, 1, (from, to) -> {
                    if (from <= bad && bad < to) {
                        throw new IllegalStateException("item " + bad);
                    }
                }));
                assertEquals("item " + bad, thrown.getMessage());
                AtomicInteger sum = new AtomicInteger();
                workers.run(100, 1, (from, to) -> sum.addAndGet(to - from));
                assertEquals(100, sum.get());
            }
        }
    }

    @Test
    void aLinkageErrorIsThrownAsItIs() {
        try (Workers workers = Workers.of(2)) {
            assertThrows(InternalError.class, () -> workers.run(100, 1, (from, to) -> {
                throw new InternalError("unsafe memory access");
            }));
        }
    }

    /** Jobs so short that helpers wake after their end: helpers must then become idle. */
    @Test
    @Timeout(60)
    void helpersParkWhenThereIsNothingToDo() throws InterruptedException {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        try (Workers workers = Workers.of(4)) {
            List<Thread> helpers = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().startsWith("nibble-worker") && !before.contains(thread)).toList();
            assertEquals(3, helpers.size());
            for (int round = 0; round < 200; round++) {
                workers.run(8, 1, (from, to) -> {});
                if (round % 20 == 0) {
                    for (Thread helper : helpers) {
                        while (helper.getState() != Thread.State.WAITING) {
                            Thread.sleep(1);
                        }
                    }
                }
            }
        }
    }

    @Test
    void refusesNoThreadsAndTooMany() {
        assertThrows(IllegalArgumentException.class, () -> Workers.of(0));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Workers.of(100_000)).getMessage().contains("1 to 1024"));
    }
}
