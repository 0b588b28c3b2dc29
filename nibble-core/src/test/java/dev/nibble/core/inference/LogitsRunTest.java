package dev.nibble.core.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.kernel.Stage;
import dev.nibble.core.model.HistoryModel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogitsRunTest {
    @ParameterizedTest
    @ValueSource(ints = {30, 151_936, 262_144, 5_000_000})
    void logitsTakeNoMoreThanSixteenMebibytesOrARow(int vocabulary) {
        float[] row = new float[vocabulary];
        List<Integer> positions = new ArrayList<>();
        new LogitsRun(new HistoryModel(vocabulary, 4096, history -> row), List.of(new int[700]), 1, Plain.F32)
                .run((window, position, logits, at) -> {
                    positions.add(position);
                    assertThat((long) logits.data().length * Float.BYTES).isLessThanOrEqualTo(Math.max(16L << 20, 4L * vocabulary));
                }, Stage.silent());
        assertThat(positions).isEqualTo(IntStream.range(1, 700).boxed().toList());
    }

    @Test
    void aWindowOfOneTokenPredictsNothing() {
        new LogitsRun(new HistoryModel(5, 8, history -> new float[5]), List.of(new int[1]), 1, Plain.F32)
                .run((window, position, logits, at) -> {
                    throw new AssertionError("position " + position);
                }, Stage.silent());
    }
}
