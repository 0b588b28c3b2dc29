package dev.nibble.core.calibration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.quantization.Hessian;
import dev.nibble.core.quantization.MeanSquare;
import dev.nibble.core.quantization.Statistics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The second run over a text: only for the inputs that the first window's grid did not hold. */
class GatheringTest {
    private static final Calibration.Entry EVEN = new Calibration.Entry(List.of("even"), 4);
    private static final Calibration.Entry GROWING = new Calibration.Entry(List.of("growing"), 4);

    @Test
    void runsAgainForInputsThatGrow() {
        InputObserver observer = new InputObserver();
        Map<Calibration.Entry, Statistics> gathered = new HashMap<>();
        for (Calibration.Entry entry : List.of(EVEN, GROWING)) {
            gathered.put(entry, Statistics.needed(Set.of(MeanSquare.class, Hessian.class), 4));
        }
        Statistics even = gathered.get(EVEN);
        List<Boolean> runs = new ArrayList<>();
        try (Workers workers = Workers.of(1)) {
            Calibrator.gather(observer, gathered, again -> {
                runs.add(again);
                for (float size : new float[]{1, 1e6f, 3}) {
                    observer.onInput("even", new Matrix(new float[]{1, 2, 3, 4}, 0, 1, 4), workers);
                    observer.onInput("growing", new Matrix(new float[]{size, 2, 0, size}, 0, 1, 4), workers);
                }
            });
        }
        assertThat(runs).containsExactly(false, true);
        assertThat(gathered.get(EVEN)).isSameAs(even);
        assertThat(even.rows()).isEqualTo(3);
        Statistics growing = gathered.get(GROWING);
        assertThat(growing.rows()).isEqualTo(3);
        assertThat(growing.wider()).isEmpty();
        assertThat(growing.find(MeanSquare.class).orElseThrow().sums()).containsExactly(1e12 + 10, 12, 0, 1e12 + 10);
        assertThat(growing.find(Hessian.class).orElseThrow().sum(0, 1)).isEqualTo(2e6 + 8);
    }
}
