package dev.nibble.core.recipe;

import dev.nibble.core.quantization.Quantizer;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.error.Advice;
import dev.nibble.error.Setting;
import dev.nibble.error.UnsupportedException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A request to quantize the weights of a Hugging Face directory.
 *
 * @param group     values per scale; -1 for a whole row; empty for the default if it divides all rows
 * @param symmetric whether codes are centered on zero and no zero points are stored
 * @param reordered act-order
 * @param grids     overrides for some layers, by the tensor's name in GGUF
 * @param keep      layers whose name, in the directory or in GGUF, contains one of these are not quantized
 */
public record MethodRequest(Method method, int bits, OptionalInt group, boolean symmetric, boolean reordered, WeightFormat format,
        Map<String, GridRule> grids, List<Pattern> keep) {
    private static final int MIN_GROUP = 8;

    /**
     * Completes a user's request with defaults.
     *
     * @throws UnsupportedException if the parts contradict each other
     */
    public static MethodRequest of(Method method, OptionalInt bits, OptionalInt group, boolean symmetric, boolean reordered,
            Optional<String> format, List<Pattern> keep) {
        boolean eight = format.isPresent() && (format.get().startsWith("fp8") || format.get().startsWith("w8a8"));
        int count = bits.orElse(eight ? 8 : method.bits());
        boolean noZeros = symmetric || method.symmetric();
        WeightFormat stored = format(method, format, count, noZeros);
        check(method, group, noZeros, reordered, stored);
        stored.check(count);
        return new MethodRequest(method, count, group, noZeros, reordered, stored, Map.of(), List.copyOf(keep));
    }

    /**
     * Builds the request of a scheme.
     *
     * @throws UnsupportedException if the method does not support it
     */
    public static MethodRequest of(Method method, Scheme scheme, boolean reordered, List<Pattern> keep) {
        if (!method.takesSchemes()) {
            throw new UnsupportedException(Advice.of("%s and %s: that method has a format of its own; schemes go with rtn, gptq, awq,"
                    + " autoround, smoothquant and int8", Setting.SCHEME.of(scheme.name()), named(method)));
        }
        check(method, scheme.group(), scheme.symmetric(), reordered, scheme.format());
        return new MethodRequest(method, scheme.bits(), scheme.group(), scheme.symmetric(), reordered, scheme.format(), Map.of(),
                List.copyOf(keep));
    }

    private static WeightFormat format(Method method, Optional<String> format, int bits, boolean symmetric) {
        WeightFormat defaultFormat = method.format();
        if (format.isEmpty()) {
            boolean other = defaultFormat == WeightFormat.AWQ && bits != 4;
            return other || defaultFormat == WeightFormat.GPTQ_V2 ? (symmetric ? WeightFormat.GPTQ : WeightFormat.GPTQ_V2) : defaultFormat;
        }
        WeightFormat asked = WeightFormat.named(format.get(), bits);
        if (defaultFormat == WeightFormat.QUIP || defaultFormat == WeightFormat.AQLM || asked == WeightFormat.QUIP
                || asked == WeightFormat.AQLM) {
            if (asked != defaultFormat) {
                throw new UnsupportedException(Advice.of("%s and %s do not fit: quip and aqlm are methods with a format of the same name",
                        named(method), Setting.FORMAT.of(format.get())));
            }
            return defaultFormat;
        }
        boolean named = EnumSet.of(WeightFormat.NF4, WeightFormat.FP4, WeightFormat.LLM_INT8).contains(defaultFormat);
        if (named && !asked.layout().equals(defaultFormat.layout())) {
            throw new UnsupportedException(Advice.of("%s is what bitsandbytes stores: %s, not %s", named(method), Setting.FORMAT.of("bnb"),
                    format.get()));
        }
        return named ? defaultFormat : asked;
    }

    private static void check(Method method, OptionalInt group, boolean symmetric, boolean reordered, WeightFormat format) {
        if (reordered && method.quantizer().reordered().isEmpty()) {
            throw new UnsupportedException(
                    Advice.of("%s is an order for GPTQ to quantize columns in; %s has none: leave it out, or take %s",
                            Setting.ACTIVATION_ORDER.any(), named(method), Setting.METHOD.of("gptq")));
        }
        if (reordered && !format.reorders()) {
            throw new UnsupportedException(Advice.of(
                    "%s scatters the columns of a group, and the format %s cannot store that: leave it out,"
                            + " or take %s, gptq-v2 or compressed-tensors",
                    Setting.ACTIVATION_ORDER.any(), format.layout().name(),
                    Setting.FORMAT.of("gptq")));
        }
        if (!format.unsupportedReason(method.scaling()).isEmpty()) {
            throw new UnsupportedException(Advice.of("%s: %s; take %s or rtn, or another format", named(method),
                    format.unsupportedReason(method.scaling()), Setting.METHOD.of("gptq")));
        }
        if (group.isPresent() && format.fixedGroup().isPresent()) {
            throw new UnsupportedException(Advice.of("%s: the format %s has groups of its own here; leave it out", Setting.GROUP.any(),
                    format.layout().name()));
        }
        if (symmetric && format == WeightFormat.HQQ) {
            throw new UnsupportedException(Advice.of("%s stores no zero points, and moving those is what HQQ does: leave it out",
                    Setting.SYMMETRIC.any()));
        }
        if (group.isPresent() && group.getAsInt() != -1 && group.getAsInt() < 1) {
            throw new UnsupportedException(Advice.of("%s: expected 1 or more, or -1 for a whole row", Setting.GROUP.of(group.getAsInt())));
        }
        if (group.equals(OptionalInt.of(-1))
                && !List.of(WeightFormat.GPTQ, WeightFormat.GPTQ_V2, WeightFormat.COMPRESSED_TENSORS).contains(format)
                && !format.wholeRows()) {
            throw new UnsupportedException(Advice.of("%s, one scale for a whole row, goes into %s, gptq-v2, compressed-tensors, w8a8 or"
                    + " fp8-dynamic only", Setting.GROUP.of(-1), Setting.FORMAT.of("gptq")));
        }
    }

    /** A copy with more layers that are not quantized. */
    public MethodRequest keeping(List<Pattern> more) {
        return new MethodRequest(method, bits, group, symmetric, reordered, format, grids,
                Stream.concat(keep.stream(), more.stream()).toList());
    }

    /** A copy with overrides of grids. @param own by the tensor's name in GGUF */
    public MethodRequest with(Map<String, GridRule> own) {
        return new MethodRequest(method, bits, group, symmetric, reordered, format, Map.copyOf(own), keep);
    }

    /**
     * The request for one layer.
     *
     * @param tensor its name in GGUF
     * @throws UnsupportedException if the format has no such grid
     */
    public MethodRequest of(String tensor) {
        GridRule own = grids.getOrDefault(tensor, GridRule.NONE);
        if (own.isNone()) {
            return this;
        }
        int count = own.bits().orElse(bits);
        boolean noZeros = own.symmetric().orElse(symmetric);
        format.check(count);
        check(method, own.group(), noZeros, reordered, format);
        if (format == WeightFormat.GPTQ && !noZeros) {
            throw new UnsupportedException(
                    Advice.of("layer %s: symmetric: false among symmetric layers goes into %s, whose zero points every"
                            + " tool reads alike", tensor, Setting.FORMAT.of("gptq-v2")));
        }
        return new MethodRequest(method, count, own.group().isPresent() ? own.group() : group, noZeros, reordered, format, Map.of(),
                List.of());
    }

    /** The algorithm with the requested order of columns. */
    public Quantizer quantizer() {
        return reordered ? method.quantizer().reordered().orElseThrow() : method.quantizer();
    }

    public boolean wholeRows() {
        return format.wholeRows() || group.equals(OptionalInt.of(-1));
    }

    /** Values per scale for these weights: the requested number, or the largest power of two up to the default that divides all rows. */
    public int groupFor(List<Shape> shapes) {
        if (wholeRows()) {
            return -1;
        }
        if (format.fixedGroup().isPresent()) {
            return format.fixedGroup().getAsInt();
        }
        int size = group.orElse(format == WeightFormat.NF4 || format == WeightFormat.FP4 ? 64 : method.group());
        if (group.isEmpty()) {
            int defaultFormat = size;
            while (size > MIN_GROUP && !divides(size, shapes)) {
                size /= 2;
            }
            return divides(size, shapes) ? size : defaultFormat;
        }
        return size;
    }

    private static boolean divides(int size, List<Shape> shapes) {
        return shapes.stream().allMatch(shape -> shape.columns() % size == 0);
    }

    /**
     * The codec of a weight.
     *
     * @param size from {@link #groupFor}
     * @throws UnsupportedException if its rows are not a whole number of groups
     */
    public Codec codec(String name, Shape shape, int size) {
        if (format == WeightFormat.FP8_BLOCKS) { // the last block of a row may be narrower
            return format.codec(bits, (int) Math.min(size, Long.lowestOneBit(size | shape.columns())), symmetric);
        }
        if (format.fixedGroup().isPresent() && shape.columns() % size != 0) {
            throw new UnsupportedException(
                    Advice.of("layer %s has rows of %s numbers, which do not fill blocks of %s (%s): leave such layers as"
                            + " they are (%s)", name, shape.columns(), size, format.name(), kept(name)));
        }
        if (size > 0 && shape.columns() % size != 0) {
            long fitting = Long.lowestOneBit(shape.columns());
            throw new UnsupportedException(Advice.of(
                    "layer %s has rows of %s numbers, which groups of %s do not divide: take %s (with %s and"
                            + " %s in place of %s), or leave such layers as they are (%s)",
                    name, shape.columns(), size, Setting.GROUP.of(fitting),
                    Setting.BITS.any(), Setting.FORMAT.any(), Setting.SCHEME.any(), kept(name)));
        }
        return format.codec(bits, size > 0 ? size : Math.toIntExact(shape.columns()), symmetric);
    }

    private static Setting.Choice named(Method method) {
        return Setting.METHOD.of(method.name());
    }

    private static Setting.Choice kept(String layer) {
        return Setting.KEEP.of(layer.substring(layer.lastIndexOf('.') + 1));
    }
}
