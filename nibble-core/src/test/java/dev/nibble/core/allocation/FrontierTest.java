package dev.nibble.core.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.nibble.core.codec.Plain;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

/** Choices of types against exhaustive search. */
class FrontierTest {
    private static Candidate candidate(String name, long bytes, double loss) {
        return new Candidate(Map.of(name, bytes % 2 == 0 ? Plain.F16 : Plain.F32), bytes, loss);
    }

    private static List<List<Candidate>> groups(SplittableRandom random) {
        List<List<Candidate>> groups = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            List<Candidate> ways = new ArrayList<>();
            for (int k = 0; k < 4; k++) {
                ways.add(candidate("t" + i, 10 + random.nextInt(40), random.nextDouble()));
            }
            groups.add(ways);
        }
        return groups;
    }

    private static double best(List<List<Candidate>> groups, int from, long bytes) {
        if (from == groups.size()) {
            return 0;
        }
        double min = Double.POSITIVE_INFINITY;
        for (Candidate way : groups.get(from)) {
            if (way.bytes() <= bytes) {
                min = Math.min(min, way.loss() + best(groups, from + 1, bytes - way.bytes()));
            }
        }
        return min;
    }

    @Test
    void pointsOfTheFrontierAreTheBestThereAre() {
        SplittableRandom random = new SplittableRandom(7);
        for (int run = 0; run < 50; run++) {
            List<List<Candidate>> groups = groups(random);
            Frontier frontier = new Frontier(groups);
            for (int i = 0; i <= frontier.steps(); i++) {
                Frontier.Point point = frontier.after(i);
                assertThat(point.loss()).as("run %d of seed 7, step %d", run, i).isCloseTo(best(groups, 0, point.bytes()),
                        offset(1e-12));
            }
        }
    }

    @Test
    void aHeaderThatSaysWhatWasChosenCountsAsWell() {
        SplittableRandom random = new SplittableRandom(9);
        for (int run = 0; run < 50; run++) {
            Frontier frontier = new Frontier(groups(random));
            ToLongFunction<Frontier.Point> size = point -> point.bytes() + 100
                    + 7 * point.types().values().stream().filter(Plain.F16::equals).count();
            long min = size.applyAsLong(frontier.after(0));
            long max = size.applyAsLong(frontier.after(frontier.steps()));
            for (long bytes = min; bytes <= max + 50; bytes++) {
                assertThat(size.applyAsLong(frontier.within(bytes, size))).as("run %d of seed 9", run).isLessThanOrEqualTo(bytes);
            }
            assertThat(frontier.within(max + 50, size).loss()).isEqualTo(frontier.after(frontier.steps()).loss());
            assertThat(frontier.within(min - 1, size)).isEqualTo(frontier.after(0));
        }
    }

    @Test
    void aBudgetIsNeverExceededAndNearlyUsed() {
        SplittableRandom random = new SplittableRandom(8);
        for (int run = 0; run < 50; run++) {
            List<List<Candidate>> groups = groups(random);
            Frontier frontier = new Frontier(groups);
            long min = frontier.after(0).bytes();
            long max = frontier.after(frontier.steps()).bytes();
            for (long bytes = min; bytes <= max; bytes += 3) {
                Frontier.Point point = frontier.within(bytes);
                assertThat(point.bytes()).as("run %d of seed 8", run).isLessThanOrEqualTo(bytes);
                assertThat(point.loss()).isLessThanOrEqualTo(frontier.after(0).loss());
            }
            assertThat(frontier.within(max).loss()).isEqualTo(frontier.after(frontier.steps()).loss());
        }
    }
}
