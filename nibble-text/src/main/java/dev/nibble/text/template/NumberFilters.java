package dev.nibble.text.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Optional;

/** Filters with numeric results. */
final class NumberFilters {
    private NumberFilters() {}

    static void list(Map<String, Filters.Filter> all) {
        all.put("int", NumberFilters::toInt);
        all.put("float", (subject, arguments, _) -> real(subject).<Value>map(FloatValue::new)
                .orElseGet(() -> arguments.bind("float", "default").find("default").orElse(new FloatValue(0))));
        all.put("abs", (subject, _, _) -> absolute(subject));
        all.put("round", NumberFilters::round);
        all.put("length", (subject, _, _) -> Value.of(Iteration.length(subject)));
        all.put("count", (subject, _, _) -> Value.of(Iteration.length(subject)));
    }

    private static Value absolute(Value subject) {
        requireNumber("abs", subject);
        return subject instanceof FloatValue real ? new FloatValue(Math.abs(real.value())) : new IntValue(Numbers.asWhole(subject).abs());
    }

    private static void requireNumber(String filter, Value subject) {
        if (subject instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (!Numbers.isNumber(subject)) {
            throw TemplateException.runtime("bad operand type for " + filter + "(): '" + subject.typeName() + "'");
        }
    }

    private static Value toInt(Value subject, Arguments arguments, Rendering rendering) {
        Arguments.Bound bound = arguments.bind("int", "default", "base");
        if (subject instanceof Undefined undefined) {
            throw undefined.failure();
        }
        Optional<Value> whole = switch (subject) {
            case StringValue text -> whole(text.value(), bound.whole("base", 10));
            case IntValue _ -> Optional.of(subject);
            case BoolValue truth -> Optional.of(Value.of(truth.truth() ? 1 : 0));
            default -> Optional.empty();
        };
        return whole.or(() -> real(subject).filter(number -> !number.isNaN()).map(number -> {
            if (number.isInfinite()) {
                throw TemplateException.runtime("cannot convert float infinity to integer");
            }
            return new IntValue(Numbers.whole(number));
        })).orElseGet(() -> bound.find("default").orElse(Value.of(0)));
    }

    /** Parses a text as {@code int(text, base)} does. */
    private static Optional<Value> whole(String text, int base) {
        String digits = Texts.strip(text, Optional.empty(), true, true);
        boolean negative = digits.startsWith("-");
        digits = negative || digits.startsWith("+") ? digits.substring(1) : digits;
        String prefix = base == 16 ? "0x" : base == 8 ? "0o" : base == 2 ? "0b" : "";
        if (!prefix.isEmpty() && digits.regionMatches(true, 0, prefix, 0, 2)) {
            digits = digits.substring(2);
            digits = digits.startsWith("_") ? digits.substring(1) : digits;
        }
        if (base < 2 || base > 36 || digits.isEmpty() || digits.length() > RenderLimits.NUMBER_BITS / 4 || digits.startsWith("_")
                || digits.endsWith("_") || digits.contains("__")) {
            return Optional.empty();
        }
        String plain = digits.replace("_", "");
        if (!plain.chars().allMatch(c -> Character.digit(c, base) >= 0)) {
            return Optional.empty();
        }
        BigInteger number = new BigInteger(plain, base);
        return Optional.of(new IntValue(negative ? number.negate() : number));
    }

    /** Converts a value as {@code float(value)} does; empty where that fails. */
    private static Optional<Double> real(Value value) {
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (Numbers.isNumber(value)) {
            return Optional.of(Numbers.asReal(value));
        }
        if (!(value instanceof StringValue text) || text.value().length() > RenderLimits.NUMBER_BITS) {
            return Optional.empty();
        }
        String trimmed = Texts.strip(text.value(), Optional.empty(), true, true);
        String digits = trimmed.toLowerCase(java.util.Locale.ROOT);
        switch (digits.startsWith("-") || digits.startsWith("+") ? digits.substring(1) : digits) {
            case "inf", "infinity" -> {
                return Optional.of(digits.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY);
            }
            case "nan" -> {
                return Optional.of(Double.NaN);
            }
            default -> {
                boolean plain = !digits.isEmpty() && digits.chars().allMatch(c -> "0123456789+-.e".indexOf(c) >= 0);
                try {
                    return plain ? Optional.of(Double.valueOf(digits)) : Optional.empty();
                } catch (NumberFormatException e) {
                    return Optional.empty();
                }
            }
        }
    }

    private static Value round(Value subject, Arguments arguments, Rendering rendering) {
        Arguments.Bound bound = arguments.bind("round", "precision", "method");
        requireNumber("round", subject);
        int precision = bound.whole("precision", 0);
        String method = bound.text("method", "common");
        RoundingMode mode = switch (method) {
            case "common" -> RoundingMode.HALF_EVEN;
            case "ceil" -> RoundingMode.CEILING;
            case "floor" -> RoundingMode.FLOOR;
            default -> throw TemplateException.runtime("method must be common, ceil or floor");
        };
        if (Math.abs(precision) > 400) {
            throw TemplateException.runtime("round: a precision of " + precision + " digits");
        }
        if (!(subject instanceof FloatValue real)) {
            return rounded(Numbers.asWhole(subject), precision, mode);
        }
        if (Double.isNaN(real.value()) || Double.isInfinite(real.value())) {
            return subject;
        }
        if (mode == RoundingMode.HALF_EVEN) {
            double near = new BigDecimal(real.value()).setScale(precision, mode).doubleValue();
            return new FloatValue(Math.copySign(near, real.value()));
        }
        double power = Math.pow(10, precision);
        double scaled = real.value() * power;
        return new FloatValue((mode == RoundingMode.CEILING ? Math.ceil(scaled) : Math.floor(scaled)) / power);
    }

    private static Value rounded(BigInteger number, int precision, RoundingMode mode) {
        if (mode == RoundingMode.HALF_EVEN) {
            return new IntValue(precision >= 0 ? number : new BigDecimal(number).setScale(precision, mode).toBigInteger());
        }
        return new FloatValue(new BigDecimal(number).setScale(precision, mode).doubleValue());
    }
}
