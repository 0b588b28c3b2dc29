package dev.nibble.text.template;

import java.math.BigDecimal;
import java.math.BigInteger;

/** Arithmetic on int, float and bool as Python does it. */
final class Numbers {
    private Numbers() {}

    static boolean isNumber(Value value) {
        return value instanceof IntValue || value instanceof FloatValue || value instanceof BoolValue;
    }

    static boolean isWhole(double value) {
        return !Double.isInfinite(value) && value == Math.rint(value);
    }

    static BigInteger whole(double value) {
        return new BigDecimal(value).toBigInteger();
    }

    static BigInteger asWhole(Value value) {
        return switch (value) {
            case IntValue whole -> whole.value();
            case BoolValue truth -> truth.truth() ? BigInteger.ONE : BigInteger.ZERO;
            case Value other -> throw TemplateException.runtime("expected an integer, found " + other.typeName());
        };
    }

    static double asReal(Value value) {
        return value instanceof FloatValue real ? real.value() : asWhole(value).doubleValue();
    }

    /** Python's {@code ==} between numbers; false if either is none. */
    static boolean same(Value a, Value b) {
        return isNumber(a) && isNumber(b) && !isNaN(a) && !isNaN(b) && compare(a, b) == 0;
    }

    static boolean isNaN(Value value) {
        return value instanceof FloatValue real && Double.isNaN(real.value());
    }

    /** Exact order of two numbers that are not NaN. */
    static int compare(Value a, Value b) {
        if (a instanceof FloatValue x && b instanceof FloatValue y) {
            return x.value() < y.value() ? -1 : x.value() > y.value() ? 1 : 0;
        }
        if (a instanceof FloatValue x && Double.isInfinite(x.value())) {
            return x.value() > 0 ? 1 : -1;
        }
        if (b instanceof FloatValue y && Double.isInfinite(y.value())) {
            return y.value() > 0 ? -1 : 1;
        }
        return decimal(a).compareTo(decimal(b));
    }

    private static BigDecimal decimal(Value value) {
        return value instanceof FloatValue real ? new BigDecimal(real.value()) : new BigDecimal(asWhole(value));
    }

    static Value negate(Value value) {
        return value instanceof FloatValue real ? new FloatValue(-real.value()) : new IntValue(asWhole(value).negate());
    }

    static Value plus(Value a, Value b) {
        return bothWhole(a, b) ? new IntValue(asWhole(a).add(asWhole(b))) : new FloatValue(asReal(a) + asReal(b));
    }

    static Value minus(Value a, Value b) {
        return bothWhole(a, b) ? new IntValue(asWhole(a).subtract(asWhole(b))) : new FloatValue(asReal(a) - asReal(b));
    }

    static Value times(Value a, Value b) {
        return bothWhole(a, b) ? new IntValue(asWhole(a).multiply(asWhole(b))) : new FloatValue(asReal(a) * asReal(b));
    }

    static Value divide(Value a, Value b) {
        if (bothWhole(a, b)) {
            refuseZero(b, "division by zero");
            return new FloatValue(quotient(asWhole(a), asWhole(b)));
        }
        refuseZero(b, "float division by zero");
        return new FloatValue(asReal(a) / asReal(b));
    }

    private static double quotient(BigInteger a, BigInteger b) {
        if (a.bitLength() <= 53 && b.bitLength() <= 53) {
            return a.doubleValue() / b.doubleValue();
        }
        return new BigDecimal(a).divide(new BigDecimal(b), new java.math.MathContext(40)).doubleValue();
    }

    /** Rounded towards minus infinity. */
    static Value floorDivide(Value a, Value b) {
        if (bothWhole(a, b)) {
            refuseZero(b, "integer division or modulo by zero");
            BigInteger[] parts = asWhole(a).divideAndRemainder(asWhole(b));
            boolean below = parts[1].signum() != 0 && parts[1].signum() != asWhole(b).signum();
            return new IntValue(below ? parts[0].subtract(BigInteger.ONE) : parts[0]);
        }
        refuseZero(b, "float floor division by zero");
        double remainder = remainder(asReal(a), asReal(b));
        double quotient = (asReal(a) - remainder) / asReal(b);
        double floor = Math.floor(quotient);
        return new FloatValue(quotient - floor > 0.5 ? floor + 1 : floor);
    }

    /** Remainder with the sign of the divisor. */
    static Value modulo(Value a, Value b) {
        if (bothWhole(a, b)) {
            refuseZero(b, "integer modulo by zero");
            BigInteger divisor = asWhole(b);
            BigInteger remainder = asWhole(a).remainder(divisor);
            return new IntValue(remainder.signum() != 0 && remainder.signum() != divisor.signum() ? remainder.add(divisor) : remainder);
        }
        refuseZero(b, "float modulo");
        return new FloatValue(remainder(asReal(a), asReal(b)));
    }

    private static double remainder(double a, double b) {
        double remainder = a % b;
        if (remainder == 0) {
            return Math.copySign(0.0, b);
        }
        return remainder < 0 != b < 0 ? remainder + b : remainder;
    }

    static Value power(Value a, Value b) {
        if (bothWhole(a, b) && asWhole(b).signum() >= 0) {
            BigInteger exponent = asWhole(b);
            BigInteger base = asWhole(a);
            int bits = base.abs().bitLength();
            if (bits > 1 && BigInteger.valueOf(bits - 1L).multiply(exponent).compareTo(BigInteger.valueOf(RenderLimits.NUMBER_BITS)) > 0) {
                throw TemplateException.budget("a power of more than " + RenderLimits.NUMBER_BITS + " bits");
            }
            return new IntValue(base.pow(bits > 1 ? exponent.intValue() : exponent.signum() * (exponent.testBit(0) ? 1 : 2)));
        }
        if (!b.truth() || a.truth() || asReal(b) > 0) {
            if (asReal(a) < 0 && !isWhole(asReal(b))) {
                throw TemplateException.runtime("a negative number to the power of a fraction");
            }
            return new FloatValue(Math.pow(asReal(a), asReal(b)));
        }
        throw TemplateException.runtime("0.0 cannot be raised to a negative power");
    }

    private static boolean bothWhole(Value a, Value b) {
        return !(a instanceof FloatValue) && !(b instanceof FloatValue);
    }

    private static void refuseZero(Value divisor, String message) {
        if (!divisor.truth()) {
            throw TemplateException.runtime(message);
        }
    }
}
