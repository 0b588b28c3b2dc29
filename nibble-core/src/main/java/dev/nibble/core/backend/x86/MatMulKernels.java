package dev.nibble.core.backend.x86;

import dev.nibble.core.backend.x86.format.RowFormat;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.x86.machine.Assembled;
import dev.nibble.core.x86.machine.CodeSpace;
import java.util.Locale;
import java.util.function.IntFunction;

/**
 * The kernels of matrix products.
 *
 * @param products does {@link AmxKernel}'s work, for a number of panels
 */
record MatMulKernels(KernelCache cache, IntFunction<CodeSpace.Body> products) {
    MatMulKernels(KernelCache cache) {
        this(cache, panels -> new AmxKernel(panels)::write);
    }

    Isa isa() {
        return cache.isa();
    }

    /** @param integers whether numbers are integers already, and are taken as they are */
    Assembled rounding(RowFormat format, boolean integers) {
        RoundingKernel kernel = new RoundingKernel(format.zero(), format.halves(), integers);
        return cache.get("round-" + kernel.zero() + (kernel.halves() ? "-halves" : "") + (integers ? "-integers" : ""), kernel::write);
    }

    Assembled rows(RowFormat format) {
        return cache.get("rows-" + name(format), new RowKernel(format, cache.isa())::write);
    }

    Assembled panel(RowFormat format) {
        return cache.get("panel-" + name(format), new PanelKernel(format, cache.isa())::write);
    }

    Assembled tile(RowFormat format, int tokens) {
        return cache.get("tile-" + name(format) + "-" + tokens, new TileKernel(format, tokens, cache.isa())::write);
    }

    Assembled bfloatRounding() {
        return cache.get("round-bf16", BfloatRoundingKernel::write);
    }

    Assembled bfloatPanel(RowFormat format) {
        Panel panel = Panel.of(format);
        return cache.get("panel-bf16-" + format.zero() + (panel.halves() > 1 ? "-halves" : "") + (panel.minimums() ? "-minimums" : ""),
                new BfloatPanelKernel(panel, format.zero())::write);
    }

    Assembled bfloatRows() {
        return cache.get("rows-to-tiles-bf16", BfloatRowsKernel::write);
    }

    /** @param panels see {@link AmxKernel} */
    Assembled tiles(int panels) {
        return cache.get("tiles-" + panels, products.apply(panels));
    }

    Assembled floats(Plain codec, int tokens) {
        return cache.get("floats-" + codec.name().toLowerCase(Locale.ROOT) + "-" + tokens, new FloatKernel(codec, tokens, cache.isa())::write);
    }

    Assembled levels(ScaledLevels codec) {
        return cache.get("levels-" + codec.name().toLowerCase(Locale.ROOT), new LevelsKernel(codec)::write);
    }

    Assembled additive(AdditiveKernel kernel) {
        return cache.get("additive-" + kernel.books() + "x" + kernel.bits() + "-g" + kernel.groupSize() + "-"
                + kernel.vectors().name().toLowerCase(Locale.ROOT), kernel::write);
    }

    Assembled untangling() {
        return cache.get("untangling", SumKernels::untangle);
    }

    Assembled copying(int floats) {
        return cache.get("copying-" + floats, code -> SumKernels.copy(code, floats));
    }

    private static String name(RowFormat format) {
        return format.codec().name().toLowerCase(Locale.ROOT);
    }
}
