package dev.nibble.core.layout;

import dev.nibble.core.tensor.Codec;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Every layout of quantized weights. Listing a layout here makes it readable, writable and tested. */
public final class WeightLayouts {
    public static final List<WeightLayout> ALL = List.of(GptqLayout.V1, GptqLayout.V2, AwqLayout.GEMM, BitsAndBytesLayout.ANY,
            HqqLayout.AXIS_1, IntQuantizedLayout.DYNAMIC, IntQuantizedLayout.STATIC, FloatQuantizedLayout.ROWS,
            FloatQuantizedLayout.BLOCKS, CompressedTensorsLayout.ANY, Fp8Layout.BLOCKS,
            ModelOptLayout.ANY, QuipLayout.E8, AqlmLayout.ANY,
            Mxfp4Layout.STACKED, TorchaoLayout.SAFETENSORS, Exl2Layout.ANY, Exl3Layout.ANY);

    private WeightLayouts() {}

    /**
     * The codec as a kind that a layout holds.
     *
     * @param name  the weight's, for the message
     * @param holds the layout's kinds of codec, for the message
     * @throws UnsupportedException if it is another
     */
    static <C extends Codec> C held(String name, Codec codec, Class<C> kind, Predicate<C> isHeld, String holds) {
        if (kind.isInstance(codec) && isHeld.test(kind.cast(codec))) {
            return kind.cast(codec);
        }
        throw new UnsupportedException(name + " is " + codec.name() + "; " + holds);
    }

    /** @throws UnsupportedException if there is no such layout */
    public static WeightLayout named(String name) {
        return ALL.stream().filter(layout -> layout.name().equals(name)).findFirst().orElseThrow(
                () -> new UnsupportedException("no layout " + name + "; there are " + names()));
    }

    /** The layout of a directory. @throws UnsupportedException if Nibble does not read it */
    public static WeightLayout of(QuantizationConfig config) {
        return ALL.stream().filter(layout -> layout.reads(config)).findFirst().orElseThrow(() -> new UnsupportedException(
                config.json().file() + ": weights quantized with " + MalformedFileException.printable(config.method())
                        + "; Nibble reads " + names()));
    }

    private static String names() {
        return ALL.stream().map(WeightLayout::name).collect(Collectors.joining(", "));
    }
}
