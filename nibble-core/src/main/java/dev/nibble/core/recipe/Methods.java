package dev.nibble.core.recipe;

import dev.nibble.core.quantization.AbsMax;
import dev.nibble.core.quantization.Aqlm;
import dev.nibble.core.quantization.AutoRound;
import dev.nibble.core.quantization.Awq;
import dev.nibble.core.quantization.Gptq;
import dev.nibble.core.quantization.Hqq;
import dev.nibble.core.quantization.Quantizer;
import dev.nibble.core.quantization.Quip;
import dev.nibble.core.quantization.RoundToNearest;
import dev.nibble.error.UnsupportedException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Every method with its defaults. Listing a method here makes it known and tested. */
public final class Methods {
    // @formatter:off
    public static final List<Method> ALL = List.of(
            of("rtn", RoundToNearest.DEFAULT, 4, 128, WeightFormat.GPTQ_V2),
            of("gptq", Gptq.DEFAULT, 4, 128, WeightFormat.GPTQ_V2),
            new Method("awq", ActivationScaling.ACTIVATION_AWARE, Awq.DEFAULT, Awq.DEFAULT.needs(), 4, 128, false, WeightFormat.AWQ),
            of("hqq", Hqq.DEFAULT, 4, 64, WeightFormat.HQQ),
            new Method("smoothquant", ActivationScaling.SMOOTHED, RoundToNearest.DEFAULT, Set.of(AbsMax.class), 8, -1, true,
                    WeightFormat.W8A8),
            of("nf4", RoundToNearest.DEFAULT, 4, 64, WeightFormat.NF4),
            of("fp4", RoundToNearest.DEFAULT, 4, 64, WeightFormat.FP4),
            new Method("int8", ActivationScaling.NONE, RoundToNearest.DEFAULT, Set.of(), 8, 128, true, WeightFormat.COMPRESSED_TENSORS),
            of("llm-int8", RoundToNearest.DEFAULT, 8, -1, WeightFormat.LLM_INT8),
            of("autoround", AutoRound.DEFAULT, 4, 128, WeightFormat.GPTQ_V2),
            of("quip", Quip.DEFAULT, 2, -1, WeightFormat.QUIP),
            of("aqlm", Aqlm.DEFAULT, 2, -1, WeightFormat.AQLM));
    // @formatter:on

    private Methods() {}

    private static Method of(String name, Quantizer quantizer, int bits, int group, WeightFormat format) {
        return new Method(name, ActivationScaling.NONE, quantizer, quantizer.needs(), bits, group, false, format);
    }

    /** @throws UnsupportedException if there is no such method, in any case */
    public static Method named(String name) {
        return ALL.stream().filter(method -> method.name().equals(name.toLowerCase(Locale.ROOT))).findFirst()
                .orElseThrow(() -> new UnsupportedException(
                        "no method " + name + "; there are " + ALL.stream().map(Method::name).collect(Collectors.joining(", "))));
    }
}
