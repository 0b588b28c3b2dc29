package dev.nibble.core.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.tensor.DType;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PlainTest {
    @Test
    void isFoundByItsNumberFormat() {
        for (Plain codec : Plain.values()) {
            assertThat(Plain.of(codec.dtype())).hasValue(codec);
            assertThat(codec.name()).isEqualTo(codec.dtype().name());
            assertThat(Codecs.ALL).contains(codec);
        }
        assertThat(Plain.of(DType.F4_E2M1)).isEmpty();
    }

    /** Java's own conversion equals ggml's and numpy's: ties to even, infinity from 65520 on. */
    @Test
    void readsAndWritesEveryHalf() {
        for (int code = 0; code < 1 << 16; code++) {
            byte[] bytes = {(byte) code, (byte) (code >> 8)};
            float number = decode(Plain.F16, bytes);
            int exponent = (code >> 10) & 31;
            double mantissa = code % 1024 / 1024.0;
            double expected = exponent == 31
                    ? mantissa == 0 ? Double.POSITIVE_INFINITY : Double.NaN
                    : exponent == 0 ? Math.scalb(mantissa, -14) : Math.scalb(1 + mantissa, exponent - 15);
            assertThat(Double.valueOf(number)).as("%04x", code).isEqualTo(Double.valueOf(code < 0x8000 ? expected : -expected));
            if (!Float.isNaN(number)) {
                assertThat(encode(Plain.F16, number)).as("%04x", code).containsExactly(bytes);
            }
        }
        assertThat(encode(Plain.F16, Math.nextDown(65520f))).containsExactly(0xFF, 0x7B);
        assertThat(encode(Plain.F16, 65520f)).containsExactly(0x00, 0x7C);
    }

    /** The nearest integer in range, ties to even, by exact arithmetic. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = {"[IU]\\d+", "BOOL"})
    void roundsToIntegersAndSaturates(Plain codec) {
        int bits = codec == Plain.BOOL ? 1 : codec.dtype().bits();
        BigInteger smallest = codec.dtype().isSigned() ? BigInteger.TWO.pow(bits - 1).negate() : BigInteger.ZERO;
        BigInteger largest = BigInteger.TWO.pow(codec.dtype().isSigned() ? bits - 1 : bits).subtract(BigInteger.ONE);
        for (float number : interesting()) {
            BigInteger rounded = new BigDecimal(number).setScale(0, RoundingMode.HALF_EVEN).toBigInteger();
            BigInteger expected = rounded.max(smallest).min(largest);
            byte[] bytes = encode(codec, number);
            assertThat(integer(bytes, codec.dtype().isSigned())).as("%s of %s", codec, number).isEqualTo(expected);
            assertThat(decode(codec, bytes)).as("%s of %s", codec, number).isEqualTo(new BigDecimal(expected).floatValue());
        }
        assertThat(encode(codec, Float.NaN)).containsOnly(0);
        assertThat(integer(encode(codec, Float.POSITIVE_INFINITY), codec.dtype().isSigned())).isEqualTo(largest);
        assertThat(integer(encode(codec, Float.NEGATIVE_INFINITY), codec.dtype().isSigned())).isEqualTo(smallest);
    }

    /** Bytes that no float encodes to: integers of more than 24 bits are rounded to the nearest float. */
    @ParameterizedTest
    @EnumSource(names = {"I64", "U64", "I32", "U32"})
    void readsLongIntegersRounded(Plain codec) {
        for (int shift = 0; shift < 64; shift++) {
            for (long bits : new long[]{-1L >>> shift, (1L << shift) + 1, (1L << shift) - 1, 0x8000_0080_0000_0001L >>> shift}) {
                byte[] bytes = new byte[codec.blockBytes()];
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] = (byte) (bits >> (8 * i));
                }
                float expected = new BigDecimal(integer(bytes, codec.dtype().isSigned())).floatValue();
                assertThat(decode(codec, bytes)).as("%s %x", codec, bits).isEqualTo(expected);
            }
        }
    }

    @Test
    void readsDoublesRounded() {
        for (double number : new double[]{0.1, -1.0 / 3, 1e300, -1e300, 1e-300, Math.PI, Double.NaN}) {
            MemorySegment bytes = MemorySegment.ofArray(new double[]{number}).asReadOnly();
            assertThat(Float.valueOf(decode(Plain.F64, bytes.toArray(ValueLayout.JAVA_BYTE)))).isEqualTo(Float.valueOf((float) number));
        }
    }

    @Test
    void keepsEveryKindOfFloatBits() {
        for (int bits : new int[]{0, 0x80000000, 1, 0x7F800000, 0xFF800000, 0x7F800001, 0x7FC00123, 0x7F7FFFFF}) {
            byte[] bytes = encode(Plain.F32, Float.intBitsToFloat(bits));
            assertThat(integer(bytes, true).intValue()).as("%08x", bits).isEqualTo(bits);
        }
    }

    private static List<Float> interesting() {
        List<Float> numbers = new ArrayList<>();
        for (int exponent = -3; exponent <= 66; exponent++) {
            float power = Math.scalb(1f, exponent);
            for (float number : new float[]{power, Math.nextDown(power), Math.nextUp(power), power + 0.5f, power - 0.5f, 1.5f * power}) {
                numbers.add(number);
                numbers.add(-number);
            }
        }
        for (float number = -300; number <= 300; number += 0.25f) {
            numbers.add(number);
        }
        numbers.add(Float.MAX_VALUE);
        numbers.add(Float.MIN_VALUE);
        return numbers;
    }

    private static BigInteger integer(byte[] littleEndian, boolean signed) {
        byte[] reversed = new byte[littleEndian.length];
        for (int i = 0; i < reversed.length; i++) {
            reversed[i] = littleEndian[reversed.length - 1 - i];
        }
        return signed ? new BigInteger(reversed) : new BigInteger(1, reversed);
    }

    private static byte[] encode(Plain codec, float number) {
        byte[] bytes = new byte[codec.blockBytes()];
        codec.encode(new float[]{number}, 0, 1, Importance.EQUAL, MemorySegment.ofArray(bytes), 0);
        return bytes;
    }

    private static float decode(Plain codec, byte[] bytes) {
        float[] number = new float[1];
        codec.decode(MemorySegment.ofArray(bytes), 0, number, 0, 1);
        return number[0];
    }
}
