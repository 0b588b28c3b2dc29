package dev.nibble.core.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class KMeansTest {
    @Test
    void findsThreeHeaps() {
        float[] points = {0, 10.1f, 0.2f, -5, 9.9f, -5.2f, 0.1f, -4.8f, 10};
        KMeans found = KMeans.of(points, 1, new float[0], 3, 50, 7);
        assertThat(found.centers()).containsExactly(new float[]{-5, 0.1f, 10}, org.assertj.core.data.Offset.offset(1e-5f));
        assertThat(found.nearest()).containsExactly(1, 2, 1, 0, 2, 0, 1, 0, 2);
        assertThat(found.error()).isCloseTo(0.02 + 0.08 + 0.02, within(1e-5));
    }

    @Test
    void weightsPullTheCenter() {
        KMeans found = KMeans.of(new float[]{0, 0, 4, 8}, 2, new float[]{3, 1}, 1, 10, 1);
        assertThat(found.centers()).containsExactly(1, 2);
    }

    @Test
    void fewerPointsThanClustersCostNothing() {
        KMeans found = KMeans.of(new float[]{3, 3, 3}, 1, new float[0], 4, 10, 1);
        assertThat(found.error()).isZero();
        assertThat(found.centers()).containsExactly(3, 3, 3, 3);
    }

    @Test
    void refusesHalfAPoint() {
        assertThatThrownBy(() -> KMeans.of(new float[3], 2, new float[0], 1, 1, 1)).hasMessageContaining("3 numbers, points of 2");
    }
}
