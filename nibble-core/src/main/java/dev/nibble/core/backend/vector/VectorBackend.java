package dev.nibble.core.backend.vector;

import dev.nibble.core.kernel.Backend;
import dev.nibble.core.kernel.MatMul;
import dev.nibble.core.kernel.Ops;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Computes in the lanes of the Vector API, on the bytes as the file has them. Until the JIT has compiled that, plain code computes the same
 * bits. Activations are not rounded.
 */
public final class VectorBackend implements Backend {
    private static final String MODULE = "jdk.incubator.vector";
    private static final int FEWEST_BITS = 128;

    private final Map<Codec, Supplier<Decoder>> decoders = new ConcurrentHashMap<>();
    private final ThreadLocal<Scratch> scratch = ThreadLocal.withInitial(Scratch::new);
    private final WarmUp warmUp = new WarmUp();
    private volatile Optional<Kernels> kernels = Optional.empty();

    /** What does not depend on the codec. */
    private record Kernels(Supplier<Tiles> few, Supplier<Tiles> many, Ops ops) {}

    @Override
    public String name() {
        return "vector";
    }

    @Override
    public Optional<String> obstacle() {
        if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
            return Optional.of("this JVM was started without --add-modules " + MODULE);
        }
        int bits = Lanes.FLOATS.vectorBitSize();
        return bits < FEWEST_BITS
                ? Optional.of("vectors have " + bits + " bits here, at least " + FEWEST_BITS + " are needed")
                : Optional.empty();
    }

    @Override
    public Optional<MatMul> prepare(Tensor weight, Arena arena) {
        Kernels shared = kernels();
        return Optional.of(new VectorMatMul(outsideTheHeap(weight, arena), decoder(weight.codec()), shared.few, shared.many, scratch));
    }

    @Override
    public Ops ops() {
        return kernels().ops;
    }

    /** Vector code is fast where all memory it reads is of one kind. */
    private static Tensor outsideTheHeap(Tensor weight, Arena arena) {
        if (weight.data().isNative()) {
            return weight;
        }
        MemorySegment copy = arena.allocate(weight.data().byteSize(), Long.BYTES).copyFrom(weight.data());
        return new Tensor(weight.codec(), weight.shape(), copy);
    }

    private Supplier<Decoder> decoder(Codec codec) {
        Decoder plain = codec::decode;
        return decoders.computeIfAbsent(codec, absent -> Optional.ofNullable(Decoders.ALL.get(codec))
                .<Supplier<Decoder>>map(fast -> warming(plain, fast, Samples.decoding(codec))).orElse(() -> plain));
    }

    private <T> Warming<T> warming(T plain, T fast, Consumer<T> sample) {
        Warming<T> warming = new Warming<>(plain, fast, sample);
        warmUp.add(warming);
        return warming;
    }

    private synchronized Kernels kernels() {
        if (kernels.isEmpty()) {
            Ops plain = new StrandOps();
            Ops fast = new LaneOps(scratch);
            kernels = Optional.of(new Kernels(warming(new StrandTiles(), new LaneTiles(), Samples.tiles(1)),
                    warming(new StrandTiles(), new LaneTiles(), Samples.tiles(Tiles.TOKENS + 3)),
                    new WarmingOps(warming(plain, fast, Samples.scores()), warming(plain, fast, Samples.accumulate()),
                            warming(plain, fast, Samples.exp()))));
        }
        return kernels.orElseThrow();
    }
}
