package dev.nibble.core.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PercentilesTest {
    @Test
    void liesOnTheLineBetweenTwoNumbers() {
        Percentiles percentiles = new Percentiles(new double[]{40, 10, 30, 20});
        assertEquals(10, percentiles.at(0));
        assertEquals(25, percentiles.at(0.5));
        assertEquals(37, percentiles.at(0.9), 1e-12);
        assertEquals(40, percentiles.at(1));
        assertEquals(40, percentiles.largest());
        assertEquals(7, new Percentiles(new double[]{7}).at(0.999));
    }
}
