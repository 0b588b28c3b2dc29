package dev.nibble.core.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;

class BFloat16Test {
    private static final int CODES = 1 << 16;

    @Test
    void givesEveryCodeBack() {
        for (int code = 0; code < CODES; code++) {
            float number = BFloat16.toFloat((short) code);
            int expected = Float.isNaN(number) ? code | 0x40 : code; // NaNs are made quiet
            assertThat(BFloat16.fromFloat(number) & 0xFFFF).as("%04x", code).isEqualTo(expected);
        }
    }

    @Test
    void decodesByTheFormula() {
        for (int code = 0; code < 0x7F80; code++) {
            int exponent = code >> 7;
            double mantissa = code % 128 / 128.0;
            double expected = exponent == 0 ? Math.scalb(mantissa, -126) : Math.scalb(1 + mantissa, exponent - 127);
            assertThat((double) BFloat16.toFloat((short) code)).as("%04x", code).isEqualTo(expected);
            assertThat((double) BFloat16.toFloat((short) (code | 0x8000))).as("-%04x", code).isEqualTo(-expected);
        }
        assertThat(BFloat16.toFloat((short) 0x7F80)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(BFloat16.toFloat((short) 0x7F7F)).isEqualTo(BFloat16.MAX);
    }

    /** Each midpoint rounds to the even neighbour, and adjacent floats to the nearer one. */
    @Test
    void roundsToTheNearestAndToEven() {
        for (int code = 0; code < 0x7F80; code++) {
            float low = BFloat16.toFloat((short) code);
            float high = code == 0x7F7F ? Float.POSITIVE_INFINITY : BFloat16.toFloat((short) (code + 1));
            float middle = Float.intBitsToFloat((code << 16) + 0x8000);
            if (Float.isFinite(high)) {
                assertThat(new BigDecimal(low).add(new BigDecimal(high))).isEqualByComparingTo(new BigDecimal(middle).add(new BigDecimal(
                        middle)));
            }
            int even = code % 2 == 0 ? code : code + 1;
            for (int sign : new int[]{1, -1}) {
                int signBit = sign < 0 ? 0x8000 : 0;
                assertThat(BFloat16.fromFloat(sign * middle) & 0xFFFF).as("middle of %04x", code).isEqualTo(even | signBit);
                assertThat(BFloat16.fromFloat(sign * Math.nextDown(middle)) & 0xFFFF).as("below %04x", code).isEqualTo(code | signBit);
                assertThat(BFloat16.fromFloat(sign * Math.nextUp(middle)) & 0xFFFF).as("above %04x", code).isEqualTo((code + 1) | signBit);
            }
        }
    }

    @Test
    void keepsInfinityAndNan() {
        assertThat(BFloat16.fromFloat(Float.POSITIVE_INFINITY)).isEqualTo((short) 0x7F80);
        assertThat(BFloat16.fromFloat(Float.MAX_VALUE)).isEqualTo((short) 0x7F80);
        // a NaN whose payload is below the cut, and one that would round up into the sign
        assertThat(BFloat16.toFloat(BFloat16.fromFloat(Float.intBitsToFloat(0x7F800001)))).isNaN();
        assertThat(BFloat16.toFloat(BFloat16.fromFloat(Float.intBitsToFloat(0x7FFFFFFF)))).isNaN();
    }
}
