package dev.nibble.core.backend.x86;

import dev.nibble.core.backend.x86.format.RowFormat;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.x86.assembler.Instruction;
import dev.nibble.core.x86.machine.Assembled;
import dev.nibble.core.x86.machine.CodeSpace;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;

/** The kernels of one instruction set, each once. Looking one up is for when a model is loaded, not for every call. */
final class Kernels {
    private final CodeSpace space;
    private final Isa isa;
    private final IntFunction<CodeSpace.Body> products;
    private final Map<String, Assembled> made = new ConcurrentHashMap<>();

    Kernels(CodeSpace space, Isa isa) {
        this(space, isa, panels -> new AmxKernel(panels)::write);
    }

    /** @param products what does {@link AmxKernel}'s work, for a number of panels */
    Kernels(CodeSpace space, Isa isa, IntFunction<CodeSpace.Body> products) {
        this.space = space;
        this.isa = isa;
        this.products = products;
    }

    Isa isa() {
        return isa;
    }

    /** @param integers whether numbers are integers already, and are taken as they are */
    Assembled rounding(RowFormat format, boolean integers) {
        RoundingKernel kernel = new RoundingKernel(format.zero(), format.halves(), integers);
        return made("round-" + kernel.zero() + (kernel.halves() ? "-halves" : "") + (integers ? "-integers" : ""), kernel::write);
    }

    Assembled rows(RowFormat format) {
        return made("rows-" + name(format), new RowKernel(format, isa)::write);
    }

    Assembled panel(RowFormat format) {
        return made("panel-" + name(format), new PanelKernel(format, isa)::write);
    }

    Assembled tile(RowFormat format, int tokens) {
        return made("tile-" + name(format) + "-" + tokens, new TileKernel(format, tokens, isa)::write);
    }

    Assembled bfloatRounding() {
        return made("round-bf16", BfloatRoundingKernel::write);
    }

    Assembled bfloatPanel(RowFormat format) {
        Panel panel = Panel.of(format);
        return made("panel-bf16-" + format.zero() + (panel.halves() > 1 ? "-halves" : "") + (panel.minimums() ? "-minimums" : ""),
                new BfloatPanelKernel(panel, format.zero())::write);
    }

    Assembled bfloatRows() {
        return made("rows-to-tiles-bf16", BfloatRowsKernel::write);
    }

    /** @param panels see {@link AmxKernel} */
    Assembled tiles(int panels) {
        return made("tiles-" + panels, products.apply(panels));
    }

    Assembled floats(Plain codec, int tokens) {
        return made("floats-" + codec.name().toLowerCase(Locale.ROOT) + "-" + tokens, new FloatKernel(codec, tokens, isa)::write);
    }

    Assembled levels(ScaledLevels codec) {
        return made("levels-" + codec.name().toLowerCase(Locale.ROOT), new LevelsKernel(codec)::write);
    }

    Assembled additive(AdditiveKernel kernel) {
        return made("additive-" + kernel.books() + "x" + kernel.bits() + "-g" + kernel.groupSize() + "-"
                + kernel.vectors().name().toLowerCase(Locale.ROOT), kernel::write);
    }

    Assembled keys(int headSize, boolean halves) {
        return made("keys-" + headSize + (halves ? "-f16" : "-f32"), new KeysKernel(headSize, halves)::write);
    }

    /** @param codec F16 or Q8_0 */
    Assembled unpack(Codec codec) {
        return made("unpack-" + codec.name().toLowerCase(Locale.ROOT), new UnpackKernel(codec)::write);
    }

    Assembled scores(int headSize) {
        return made("scores-" + headSize, new ScoresKernel(headSize, isa)::write);
    }

    Assembled softmax(boolean capped, boolean sloping) {
        return made("softmax" + (capped ? "-capped" : "") + (sloping ? "-sloping" : ""), new SoftmaxKernel(capped, sloping)::write);
    }

    Assembled mix(int headSize) {
        return made("mix-" + headSize, new MixKernel(headSize, isa)::write);
    }

    Assembled read() {
        return made("read", new ReadKernel(isa)::write);
    }

    Assembled swish() {
        return made("swish", SwishKernel::write);
    }

    Assembled squares() {
        return made("squares", NormKernels::squares);
    }

    Assembled scaled() {
        return made("scaled", NormKernels::scaled);
    }

    Assembled adding() {
        return made("adding", new CombiningKernel(Instruction.VADDPS)::write);
    }

    Assembled multiplying() {
        return made("multiplying", new CombiningKernel(Instruction.VMULPS)::write);
    }

    Assembled rotation(int pairs, boolean neighbours) {
        return made("rotation-" + pairs + (neighbours ? "-neighbours" : ""), new RotationKernel(pairs, neighbours)::write);
    }

    Assembled untangling() {
        return made("untangling", SumKernels::untangle);
    }

    Assembled copying(int floats) {
        return made("copying-" + floats, code -> SumKernels.copy(code, floats));
    }

    Assembled dividing(int headSize) {
        return made("dividing-" + headSize, code -> SumKernels.divide(code, headSize));
    }

    Assembled exponential() {
        return made("exponential", ExponentialKernel::write);
    }

    private Assembled made(String name, CodeSpace.Body body) {
        return made.computeIfAbsent(name, any -> new Assembled(() -> space.kernel(isa.backend() + " " + name, body)));
    }

    private static String name(RowFormat format) {
        return format.codec().name().toLowerCase(Locale.ROOT);
    }
}
