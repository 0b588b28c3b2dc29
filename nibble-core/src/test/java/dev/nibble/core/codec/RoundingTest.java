package dev.nibble.core.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import org.junit.jupiter.api.Test;

class RoundingTest {
    /** Quarters from −300 to 300 with adjacent floats, and ties of every magnitude. */
    @Test
    void roundsTiesEachInItsWay() {
        for (int quarters = -1200; quarters <= 1200; quarters++) {
            check(quarters / 4f);
        }
        for (int whole = 1; whole < 1 << 22; whole = 2 * whole + 1) {
            check(whole - 0.5f);
            check(0.5f - whole);
        }
    }

    private static void check(float middle) {
        for (float x : new float[]{middle, Math.nextUp(middle), Math.nextDown(middle)}) {
            BigDecimal exact = new BigDecimal(x);
            assertThat(Rounding.halfAwayFromZero(x)).as("%s", x).isEqualTo(exact.setScale(0, RoundingMode.HALF_UP).intValueExact());
            assertThat(Rounding.halfEven(x)).as("%s", x).isEqualTo(exact.setScale(0, RoundingMode.HALF_EVEN).intValueExact());
        }
    }

    @Test
    void saturatesAwayFromZero() {
        for (float large : new float[]{0x1p31f, 3e9f, 1e30f, Float.MAX_VALUE, Float.POSITIVE_INFINITY}) {
            assertThat(Rounding.halfAwayFromZero(large)).isEqualTo(Integer.MAX_VALUE);
            assertThat(Rounding.halfAwayFromZero(-large)).isEqualTo(-Integer.MAX_VALUE);
        }
        assertThat(Rounding.halfAwayFromZero(0x1p30f)).isEqualTo(1 << 30);
        assertThat(Rounding.halfAwayFromZero(Float.NaN)).isZero();
    }
}
