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
 * Computes with the Vector API on weights as stored in the file. Until the JIT has compiled it, plain code computes the same bits.
 * Activations are not quantized.
 */
public final class VectorBackend implements Backend {
    private static final String MODULE = "jdk.incubator.vector";
    private static final int MIN_BITS = 128;

    private final Map<Codec, Kernels> kernels = new ConcurrentHashMap<>();
    private final ThreadLocal<DecodedRows> scratch = ThreadLocal.withInitial(DecodedRows::new);
    private final WarmUp warmUp = new WarmUp();
    private volatile Optional<Shared> shared = Optional.empty();

    /** Code independent of the codec: tiles for one token and for several. */
    private record Shared(Supplier<Tiles> one, Supplier<Tiles> more, Ops ops) {}

    /** The kernels of one codec. */
    private record Kernels(Supplier<RowDecoder> decoder, Supplier<RowQuad> rows) {}

    @Override
    public String name() {
        return "vector";
    }

    @Override
    public Optional<String> unsupportedReason() {
        if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
            return Optional.of("this JVM was started without --add-modules " + MODULE);
        }
        int bits = Lanes.FLOATS.vectorBitSize();
        return bits < MIN_BITS
                ? Optional.of("vectors have " + bits + " bits here, at least " + MIN_BITS + " are needed")
                : Optional.empty();
    }

    @Override
    public Optional<MatMul> prepare(Tensor weight, Arena arena) {
        if (DecodedRows.COLUMNS % weight.codec().blockSize() != 0) { // such a block would be split
            return Optional.empty();
        }
        Tensor stored = offHeap(weight, arena);
        Codec codec = weight.codec();
        boolean cacheable = Decoders.ALL.containsKey(codec) || Decoders.FUSED.containsKey(codec); // others may have codebooks of one weight
        Kernels own = cacheable ? kernels.computeIfAbsent(codec, this::kernels) : kernels(codec);
        return Optional.of(new VectorMatMul(stored, own.decoder, own.rows, shared().more, scratch));
    }

    @Override
    public Ops ops(Supplier<Ops> rest) {
        return shared().ops;
    }

    /** The weight off the heap: vector code is fast only on one kind of memory. */
    private static Tensor offHeap(Tensor weight, Arena arena) {
        if (weight.data().isNative()) {
            return weight;
        }
        MemorySegment copy = arena.allocate(weight.data().byteSize(), Long.BYTES).copyFrom(weight.data());
        return new Tensor(weight.codec(), weight.shape(), copy);
    }

    private Kernels kernels(Codec codec) {
        RowDecoder plain = codec::decode;
        Supplier<RowDecoder> decoder = Optional.ofNullable(Decoders.ALL.get(codec))
                .<Supplier<RowDecoder>>map(fast -> warming(plain, fast, WarmUpInputs.decoding(codec))).orElse(() -> plain);
        RowQuad twoStep = new TwoStepRows(codec, decoder, shared().one, scratch);
        Supplier<RowQuad> rows = Optional.ofNullable(Decoders.FUSED.get(codec))
                .<Supplier<RowQuad>>map(fast -> warming(twoStep, fast, WarmUpInputs.rows(codec))).orElse(() -> twoStep);
        return new Kernels(decoder, rows);
    }

    private <T> Warming<T> warming(T plain, T fast, Consumer<T> sample) {
        Warming<T> warming = new Warming<>(plain, fast, sample);
        warmUp.add(warming);
        return warming;
    }

    private synchronized Shared shared() {
        if (shared.isEmpty()) {
            Ops plain = new ScalarOps();
            Ops fast = new LaneOps(scratch);
            Tiles plainTiles = new ScalarTiles();
            Tiles fastTiles = new LaneTiles();
            shared = Optional.of(new Shared(warming(plainTiles, fastTiles, WarmUpInputs.tiles(1)),
                    warming(plainTiles, fastTiles, WarmUpInputs.tiles(Tiles.TOKENS + 3)),
                    new WarmingOps(warming(plain, fast, WarmUpInputs.scores()),
                            warming(plain, fast, WarmUpInputs.accumulate()), warming(plain, fast, WarmUpInputs.exp()))));
        }
        return shared.orElseThrow();
    }
}
