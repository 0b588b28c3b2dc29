package dev.nibble.core.backend.x86.attention;

import dev.nibble.core.tensor.Codec;
import dev.nibble.core.x86.machine.Assembled;
import dev.nibble.core.x86.machine.KernelCache;
import java.util.Locale;

/** The kernels of attention. */
public record AttentionKernels(KernelCache cache) {
    public Assembled keys(int headSize, boolean f16) {
        return cache.get("keys-" + headSize + (f16 ? "-f16" : "-f32"), new KeysKernel(headSize, f16)::write);
    }

    /** @param codec F16 or Q8_0 */
    public Assembled unpack(Codec codec) {
        return cache.get("unpack-" + codec.name().toLowerCase(Locale.ROOT), new UnpackKernel(codec)::write);
    }

    public Assembled scores(int headSize) {
        return cache.get("scores-" + headSize, new ScoresKernel(headSize, cache.isa())::write);
    }

    public Assembled softmax(boolean capped, boolean sloping) {
        return cache.get("softmax" + (capped ? "-capped" : "") + (sloping ? "-sloping" : ""), new SoftmaxKernel(capped, sloping)::write);
    }

    public Assembled mix(int headSize) {
        return cache.get("mix-" + headSize, new MixKernel(headSize, cache.isa())::write);
    }

    public Assembled dividing(int headSize) {
        return cache.get("dividing-" + headSize, new DividingKernel(headSize)::write);
    }
}
