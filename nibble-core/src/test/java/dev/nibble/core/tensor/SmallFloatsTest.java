package dev.nibble.core.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every code of every format of at most 8 bits, against the formula of its specification and a search over all its values. */
class SmallFloatsTest {
    enum Format {
        E4M3(256, 4, 3, 7, true) {
            @Override
            float decode(int code) {
                return Float8.fromE4m3((byte) code);
            }

            @Override
            int encode(float number) {
                return Float8.toE4m3(number) & 0xFF;
            }
        },
        E5M2(256, 5, 2, 15, true) {
            @Override
            float decode(int code) {
                return Float8.fromE5m2((byte) code);
            }

            @Override
            int encode(float number) {
                return Float8.toE5m2(number) & 0xFF;
            }
        },
        UE4M3(128, 4, 3, 7, false) {
            @Override
            float decode(int code) {
                return Float8.fromUe4m3((byte) code);
            }

            @Override
            int encode(float number) {
                return Float8.toUe4m3(number) & 0xFF;
            }
        },
        E8M0(256, 8, 0, 127, false) {
            @Override
            float decode(int code) {
                return Float8.fromE8m0((byte) code);
            }

            @Override
            int encode(float number) {
                return Float8.toE8m0(number) & 0xFF;
            }

            @Override
            double formula(int code) {
                return code == 255 ? Double.NaN : Math.pow(2, code - 127);
            }
        },
        E2M1(16, 2, 1, 1, true) {
            @Override
            float decode(int code) {
                return Float4.fromE2m1(code);
            }

            @Override
            int encode(float number) {
                return Float4.toE2m1(number);
            }
        };

        final int codes;
        final int exponentBits;
        final int mantissaBits;
        final int bias;
        final boolean signed;

        Format(int codes, int exponentBits, int mantissaBits, int bias, boolean signed) {
            this.codes = codes;
            this.exponentBits = exponentBits;
            this.mantissaBits = mantissaBits;
            this.bias = bias;
            this.signed = signed;
        }

        abstract float decode(int code);

        abstract int encode(float number);

        double formula(int code) {
            int magnitude = signed ? code % (codes / 2) : code;
            int exponent = magnitude >> mantissaBits;
            double mantissa = (magnitude % (1 << mantissaBits)) / (double) (1 << mantissaBits);
            double value = exponent == 0 ? mantissa * Math.pow(2, 1 - bias) : (1 + mantissa) * Math.pow(2, exponent - bias);
            if (this == E5M2 && exponent == 31) {
                value = mantissa == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
            } else if ((this == E4M3 || this == UE4M3) && magnitude == 127) {
                value = Double.NaN;
            }
            return code == magnitude ? value : -value;
        }

        List<Integer> finite() {
            List<Integer> finite = new ArrayList<>();
            for (int code = 0; code < codes; code++) {
                if (Double.isFinite(formula(code))) {
                    finite.add(code);
                }
            }
            return finite;
        }

        /** The code of the nearest finite value, by distance in double; ties to even. Numbers out of range saturate. */
        int nearest(float number) {
            double largest = finite().stream().mapToDouble(this::formula).max().orElseThrow();
            double smallestNumber = finite().stream().mapToDouble(this::formula).min().orElseThrow();
            double inRange = Math.clamp((double) number, smallestNumber, largest);
            int best = -1;
            double smallest = Double.POSITIVE_INFINITY;
            for (int code : finite()) {
                double distance = Math.abs(formula(code) - inRange);
                boolean sameSign = !signed || (code >= codes / 2) == Float.floatToRawIntBits(number) < 0;
                if (sameSign && (distance < smallest || (distance == smallest && code % 2 == 0))) {
                    best = code;
                    smallest = distance;
                }
            }
            return best;
        }
    }

    @ParameterizedTest
    @EnumSource
    void decodesEveryCodeByTheFormula(Format format) {
        for (int code = 0; code < format.codes; code++) {
            Float expected = (float) format.formula(code);
            assertThat(Float.valueOf(format.decode(code))).as("%s %02x", format, code).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @EnumSource
    void givesEveryCodeBack(Format format) {
        for (int code : format.finite()) {
            assertThat(format.encode(format.decode(code))).as("%s %02x", format, code).isEqualTo(code);
        }
    }

    /** All values of the format, all midpoints, the adjacent floats, and a few thousand numbers over the whole range of float. */
    @ParameterizedTest
    @EnumSource
    void encodesToTheNearest(Format format) {
        Set<Float> numbers = new TreeSet<>();
        List<Double> sorted = format.finite().stream().map(format::formula).sorted().toList();
        for (int i = 0; i + 1 < sorted.size(); i++) {
            addWithNeighbours(numbers, sorted.get(i).floatValue());
            addWithNeighbours(numbers, (float) ((sorted.get(i) + sorted.get(i + 1)) / 2));
        }
        addWithNeighbours(numbers, sorted.getLast().floatValue());
        for (int bits = 0; bits < 0x7F800000; bits += 0x7FFFF) {
            addWithNeighbours(numbers, Float.intBitsToFloat(bits));
        }
        addWithNeighbours(numbers, Float.MAX_VALUE);
        int checked = 0;
        for (float magnitude : numbers) {
            for (float number : new float[]{magnitude, -magnitude}) {
                if (Float.isFinite(number)) {
                    assertThat(format.encode(number)).as("%s of %a", format, number).isEqualTo(format.nearest(number));
                    checked++;
                }
            }
        }
        assertThat(checked).isGreaterThan(20_000);
    }

    @ParameterizedTest
    @EnumSource
    void treatsWhatIsNoNumberAsItSays(Format format) {
        float nan = format.decode(format.encode(Float.NaN));
        float infinity = format.decode(format.encode(Float.POSITIVE_INFINITY));
        float negative = format.decode(format.encode(Float.NEGATIVE_INFINITY));
        switch (format) {
            case E5M2 -> assertThat(new float[]{nan, infinity, negative}).containsExactly(Float.NaN, Float.POSITIVE_INFINITY,
                    Float.NEGATIVE_INFINITY);
            case E4M3 -> assertThat(new float[]{nan, infinity, negative}).containsOnly(Float.NaN);
            case UE4M3 -> assertThat(new float[]{nan, infinity, negative}).containsExactly(Float.NaN, Float.NaN, 0);
            case E8M0 -> assertThat(new float[]{nan, infinity, negative}).containsExactly(Float.NaN, Float.NaN, 0x1p-127f);
            case E2M1 -> assertThat(new float[]{nan, infinity, negative}).containsExactly(0, 6, -6);
        }
    }

    private static void addWithNeighbours(Set<Float> numbers, float number) {
        numbers.add(Math.abs(number));
        numbers.add(Math.abs(Math.nextUp(number)));
        numbers.add(Math.abs(Math.nextDown(number)));
    }
}
