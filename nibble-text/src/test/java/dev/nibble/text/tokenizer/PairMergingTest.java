package dev.nibble.text.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Merging by a queue equals repeatedly searching the whole word for the best pair. */
class PairMergingTest {
    private static final int SYMBOLS = 12;

    @Test
    void equalsThePlainWay() {
        for (long seed = 0; seed < 3000; seed++) {
            Random random = new Random(seed);
            int pairs = 1 + random.nextInt(60);
            HashedMergeTable table = new HashedMergeTable(pairs);
            int result = SYMBOLS;
            for (int i = 0; i < pairs; i++) {
                int rank = random.nextInt(1 + random.nextInt(pairs)); // equal ranks too, as scores may be
                table.put(random.nextInt(result), random.nextInt(result), rank, random.nextBoolean() ? result : random.nextInt(result));
                result++;
            }
            int[] word = IntStream.range(0, random.nextInt(50)).map(i -> random.nextInt(SYMBOLS)).toArray();
            assertThat(BpeMerger.merged(word, table)).as("seed " + seed).isEqualTo(plain(word, table));
        }
    }

    private static int[] plain(int[] word, HashedMergeTable table) {
        List<Integer> symbols = new ArrayList<>(Arrays.stream(word).boxed().toList());
        while (true) {
            int best = -1;
            int bestRank = Integer.MAX_VALUE;
            for (int i = 0; i + 1 < symbols.size(); i++) {
                int pair = table.find(symbols.get(i), symbols.get(i + 1));
                if (pair != MergeTable.NONE && table.rank(pair) < bestRank) {
                    best = i;
                    bestRank = table.rank(pair);
                }
            }
            if (best < 0) {
                return symbols.stream().mapToInt(i -> i).toArray();
            }
            symbols.set(best, table.result(table.find(symbols.get(best), symbols.get(best + 1))));
            symbols.remove(/* index */ best + 1);
        }
    }

    @Test
    void firstEntryOfAPairCountsAndTablesGrow() {
        HashedMergeTable table = new HashedMergeTable(1);
        for (int i = 0; i < 10_000; i++) {
            table.put(i, i + 1, i, 2 * i);
            table.put(i, i + 1, 0, 0);
        }
        for (int i = 0; i < 10_000; i++) {
            int pair = table.find(i, i + 1);
            assertThat(table.rank(pair)).isEqualTo(i);
            assertThat(table.result(pair)).isEqualTo(2 * i);
            assertThat(table.find(i + 1, i)).isEqualTo(MergeTable.NONE);
        }
    }
}
