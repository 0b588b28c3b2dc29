package dev.nibble.core.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Interpolation between the measured types, and extrapolation. */
class SensitivityTest {
    @ParameterizedTest
    @CsvSource({"2, 10", "3, 8", "4, 6", "5, 5.5", "6, 5", "1, 12", "8, 4"})
    void liesOnTheLineThroughTheTwoNearest(double at, double expected) {
        assertThat(Sensitivity.interpolated(new double[]{2, 4, 6}, new double[]{10, 6, 5}, at)).isEqualTo(expected);
    }

    @Test
    void typesThatFellBackToOneAreOnePoint() {
        assertThat(Sensitivity.interpolated(new double[]{4, 4, 6}, new double[]{7, 7, 5}, 4)).isEqualTo(7);
        assertThat(Sensitivity.interpolated(new double[]{2, 6, 6}, new double[]{9, 5, 5}, 6)).isEqualTo(5);
        assertThat(Sensitivity.interpolated(new double[]{4, 4, 4}, new double[]{7, 7, 7}, 9)).isEqualTo(7);
    }
}
