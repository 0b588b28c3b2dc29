package dev.nibble.core.backend.vector;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A failing warm-up does not prevent others, then or later. */
class WarmUpTest {
    private static final int WORK = 2_000;

    private static long sum(int count) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += Math.floorMod(i * 31L, 7);
        }
        return sum;
    }

    @Test
    @Timeout(60)
    void aWayThatFailsIsLeftAtItsPlainOne() throws InterruptedException {
        WarmUp warmUp = new WarmUp();
        for (int round = 0; round < 3; round++) {
            Warming<String> failing = new Warming<>("plain", "fast", way -> {
                throw new OutOfMemoryError(way);
            });
            Warming<Integer> sound = new Warming<>(100 * WORK, WORK, WarmUpTest::sum);
            warmUp.add(failing);
            warmUp.add(sound);
            while (sound.get() != WORK) {
                Thread.sleep(1);
            }
            assertThat(failing.get()).isEqualTo("plain");
        }
    }
}
