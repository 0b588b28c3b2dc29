package dev.nibble.core.calibration;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.quantization.AbsMax;
import dev.nibble.core.quantization.Statistics;
import dev.nibble.error.UnsupportedException;
import org.junit.jupiter.api.Test;

class InputObserverTest {
    @Test
    void onlyNumbersOfTheModelAreNotSupported() {
        InputObserver observer = new InputObserver();
        observer.watch("blk.0.ffn_up", Statistics.of(new AbsMax(4)));
        Matrix broken = Matrix.of(1, 4);
        broken.data()[2] = Float.NaN;
        try (Workers workers = Workers.of(1)) {
            assertThatThrownBy(() -> observer.onInput("blk.0.ffn_up", broken, workers)).isInstanceOf(UnsupportedException.class)
                    .hasMessageContaining("the inputs of blk.0.ffn_up").hasMessageContaining("NaN in column 2")
                    .hasCauseInstanceOf(UnsupportedException.class);
            assertThatThrownBy(() -> observer.onInput("blk.0.ffn_up", Matrix.of(1, 5), workers))
                    .isExactlyInstanceOf(IllegalArgumentException.class); // a bug of this program
        }
    }
}
