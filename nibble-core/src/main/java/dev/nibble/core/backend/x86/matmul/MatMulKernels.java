package dev.nibble.core.backend.x86.matmul;

import dev.nibble.core.backend.x86.format.RowFormat;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.x86.machine.Assembled;
import dev.nibble.core.x86.machine.CodeCache;
import dev.nibble.core.x86.machine.Isa;
import dev.nibble.core.x86.machine.KernelCache;
import java.util.Locale;
import java.util.function.IntFunction;

/**
 * The kernels of matrix products.
 *
 * @param products {@link AmxKernel} for a number of panels, or a stand-in
 */
public record MatMulKernels(KernelCache cache, IntFunction<CodeCache.Body> products) {
    public MatMulKernels(KernelCache cache) {
        this(cache, panels -> new AmxKernel(panels)::write);
    }

    Isa isa() {
        return cache.isa();
    }

    /** @param integers whether activations are already integers, used unchanged */
    public Assembled quantization(RowFormat format, boolean integers) {
        ActivationQuantizeKernel kernel = new ActivationQuantizeKernel(format.zero(), format.hasScalePer16(), integers);
        return cache.get("round-" + kernel.zero() + (kernel.sumPer16() ? "-halves" : "") + (integers ? "-integers" : ""), kernel::write);
    }

    public Assembled rows(RowFormat format) {
        return cache.get("rows-" + name(format), new RowKernel(format, cache.isa())::write);
    }

    public Assembled panel(RowFormat format) {
        return cache.get("panel-" + name(format), new PanelKernel(format, cache.isa())::write);
    }

    public Assembled tile(RowFormat format, int tokens) {
        return cache.get("tile-" + name(format) + "-" + tokens, new TileKernel(format, tokens, cache.isa())::write);
    }

    public Assembled bf16Conversion() {
        return cache.get("round-bf16", Bf16ConvertKernel::write);
    }

    public Assembled bfloatPanel(RowFormat format) {
        Panel panel = Panel.of(format);
        return cache.get("panel-bf16-" + format.zero() + (panel.scaleCount() > 1 ? "-halves" : "") + (panel.minimums() ? "-minimums" : ""),
                new Bf16PanelKernel(panel, format.zero())::write);
    }

    public Assembled bfloatRows() {
        return cache.get("rows-to-tiles-bf16", BfloatRowsKernel::write);
    }

    /** @param panels see {@link AmxKernel} */
    public Assembled tiles(int panels) {
        return cache.get("tiles-" + panels, products.apply(panels));
    }

    public Assembled floats(Plain codec, int tokens) {
        return cache.get("floats-" + codec.name().toLowerCase(Locale.ROOT) + "-" + tokens,
                new FloatKernel(codec, tokens, cache.isa())::write);
    }

    public Assembled levels(ScaledLevels codec) {
        return cache.get("levels-" + codec.name().toLowerCase(Locale.ROOT), new LevelsKernel(codec)::write);
    }

    public Assembled additive(AdditiveKernel kernel) {
        return cache.get("additive-" + kernel.books() + "x" + kernel.bits() + "-g" + kernel.groupSize() + "-"
                + kernel.vectors().name().toLowerCase(Locale.ROOT), kernel::write);
    }

    public Assembled deinterleaving() {
        return cache.get("untangling", SumKernels::deinterleave);
    }

    public Assembled copying(int floats) {
        return cache.get("copying-" + floats, code -> SumKernels.copy(code, floats));
    }

    private static String name(RowFormat format) {
        return format.codec().name().toLowerCase(Locale.ROOT);
    }
}
