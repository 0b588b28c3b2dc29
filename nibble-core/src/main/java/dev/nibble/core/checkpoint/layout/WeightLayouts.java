package dev.nibble.core.checkpoint.layout;

import dev.nibble.core.MalformedFileException;
import dev.nibble.core.UnsupportedException;
import java.util.List;
import java.util.stream.Collectors;

/** Every layout of quantized weights. Being listed here is what makes one readable, writable and tested. */
public final class WeightLayouts {
    public static final List<WeightLayout> ALL = List.of(GptqLayout.V1, GptqLayout.V2, AwqLayout.GEMM, BitsAndBytesLayout.ANY,
            HqqLayout.AXIS_1, IntQuantizedLayout.DYNAMIC, IntQuantizedLayout.STATIC, CompressedTensorsLayout.ANY, Fp8Layout.BLOCKS,
            ModelOptLayout.ANY, QuipLayout.E8, AqlmLayout.ANY);

    private WeightLayouts() {}

    /** @throws UnsupportedException if there is none of that name */
    public static WeightLayout named(String name) {
        return ALL.stream().filter(layout -> layout.name().equals(name)).findFirst().orElseThrow(
                () -> new UnsupportedException("no layout " + name + "; there are " + names()));
    }

    /** The one that a directory is spelled in. @throws UnsupportedException if Nibble reads no such one */
    public static WeightLayout of(QuantizationConfig config) {
        return ALL.stream().filter(layout -> layout.reads(config)).findFirst().orElseThrow(() -> new UnsupportedException(
                config.json().file() + ": weights quantized with " + MalformedFileException.printable(config.method())
                        + why(config.method()) + "; Nibble reads " + names()));
    }

    /** What keeps a method that people know from being read. */
    private static String why(String method) {
        return switch (method) {
            case "exl2" -> " (its rows mix codes of several widths, which no codec here holds)";
            case "exl3" -> " (its codes lie in the order of a GPU's matrix fragments, which is documented nowhere)";
            case "torchao" -> " (serialized tensor objects, whose order of bytes depends on the kernel they were packed for)";
            case "mxfp4" -> " (stacked blocks of the experts of gpt-oss, a family that does not run here)";
            default -> "";
        };
    }

    private static String names() {
        return ALL.stream().map(WeightLayout::name).collect(Collectors.joining(", "));
    }
}
