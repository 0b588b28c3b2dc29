package dev.nibble.text.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/**
 * Layout of a number or text in a format: alignment, flags, width, precision.
 *
 * @param side      {@code <}, {@code >}, {@code ^} or {@code =}
 * @param flags     of {@code +}, space, {@code 0}, {@code #} and {@code ,}
 * @param precision digits, or −1
 */
record NumberFormat(char side, String flags, int width, int precision) {
    private static final int MAX_DIGITS = 1000;

    private boolean has(char flag) {
        return flags.indexOf(flag) >= 0;
    }

    String text(String text, Rendering rendering) {
        String cut = precision >= 0 && text.codePointCount(0, text.length()) > precision
                ? text.substring(0, text.offsetByCodePoints(0, precision))
                : text;
        return Texts.pad(cut, width, " ", side == '=' ? '>' : side, rendering);
    }

    String whole(BigInteger value, int radix, boolean upper, Rendering rendering) {
        String digits = value.abs().toString(radix);
        digits = precision > digits.length() ? Texts.pad(digits, precision, "0", '>', rendering) : digits;
        String prefix = !has('#') ? "" : radix == 16 ? "0x" : radix == 8 ? "0o" : radix == 2 ? "0b" : "";
        return padded(value.signum() < 0, upper ? prefix.toUpperCase(Locale.ROOT) : prefix,
                grouped(upper ? digits.toUpperCase(Locale.ROOT) : digits), rendering);
    }

    String real(double value, char type, Rendering rendering) {
        int digits = precision < 0 ? 6 : precision;
        if (digits > MAX_DIGITS) {
            throw TemplateException.budget("a number of " + digits + " digits");
        }
        boolean negative = value < 0 || value == 0 && 1 / value < 0;
        String text;
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            text = Double.isNaN(value) ? "nan" : "inf";
        } else {
            BigDecimal size = new BigDecimal(Math.abs(value));
            text = switch (Character.toLowerCase(type)) {
                case 'f' -> grouped(size.setScale(digits, RoundingMode.HALF_EVEN).toPlainString());
                case 'e' -> exponential(size, digits);
                default -> general(size, Math.max(1, digits));
            };
        }
        return padded(negative, "", Character.isUpperCase(type) ? text.toUpperCase(Locale.ROOT) : text, rendering);
    }

    private static String exponential(BigDecimal size, int digits) {
        BigDecimal rounded = size.signum() == 0 ? size : size.round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
        int exponent = rounded.signum() == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
        String plain = rounded.movePointLeft(exponent).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
        return plain + "e" + (exponent < 0 ? "-" : "+") + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    }

    private String general(BigDecimal size, int digits) {
        if (size.signum() == 0) {
            return "0";
        }
        BigDecimal rounded = size.round(new MathContext(digits, RoundingMode.HALF_EVEN));
        int exponent = rounded.precision() - rounded.scale() - 1;
        if (exponent < -4 || exponent >= digits) {
            String text = exponential(size, digits - 1);
            int e = text.indexOf('e');
            return withoutZeros(text.substring(0, e)) + text.substring(e);
        }
        return grouped(withoutZeros(rounded.setScale(Math.max(0, digits - 1 - exponent), RoundingMode.HALF_EVEN).toPlainString()));
    }

    private String withoutZeros(String digits) {
        return has('#') || digits.indexOf('.') < 0 ? digits : digits.replaceAll("0*$", "").replaceAll("\\.$", "");
    }

    private String grouped(String digits) {
        if (!has(',') && !has('_')) {
            return digits;
        }
        int point = digits.indexOf('.') < 0 ? digits.length() : digits.indexOf('.');
        StringBuilder grouped = new StringBuilder(digits);
        for (int i = point - 3; i > 0; i -= 3) {
            grouped.insert(i, has(',') ? ',' : '_');
        }
        return grouped.toString();
    }

    private String padded(boolean negative, String prefix, String digits, Rendering rendering) {
        String sign = (negative ? "-" : has('+') ? "+" : has(' ') ? " " : "") + prefix;
        boolean zeros = has('0') && side != '<' && side != '^';
        if (zeros || side == '=') {
            return sign + Texts.pad(digits, Math.max(0, width - sign.length()), zeros ? "0" : " ", '>', rendering);
        }
        return Texts.pad(sign + digits, width, " ", side, rendering);
    }
}
