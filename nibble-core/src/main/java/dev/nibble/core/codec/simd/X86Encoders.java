package dev.nibble.core.codec.simd;

import static java.util.Map.entry;

import dev.nibble.core.codec.Q4_0;
import dev.nibble.core.codec.Q5_0;
import dev.nibble.core.codec.Q6_K;
import dev.nibble.core.codec.Q8_0;
import dev.nibble.core.codec.SymmetricSuperBlocks;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.x86.machine.Assembled;
import dev.nibble.core.x86.machine.CodeSpace;
import dev.nibble.core.x86.machine.Machine;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** Every encoder in machine code, which is fast from its first row on. Being listed here is what makes one used and tested. */
final class X86Encoders {
    /**
     * How an encoder is made.
     *
     * @param maker given what to turn to for what it does not do
     */
    record Way(List<Assembled> kernels, Function<Supplier<RowEncoder>, RowEncoder> maker) {}

    static final Map<Codec, Way> ALL = Map.ofEntries(
            small(Q4_0.Q4_0, 4), small(Q5_0.Q5_0, 5), small(Q8_0.Q8_0, 8), symmetric(Q6_K.Q6_K));

    private X86Encoders() {}

    private static Map.Entry<Codec, Way> small(Codec codec, int bits) {
        Assembled kernel = assembled("encode " + codec.name(), new SmallBlockKernel(bits)::write);
        return entry(codec, new Way(List.of(kernel), rest -> new X86SmallBlockRows(codec, kernel.get(), bits < 8, rest)));
    }

    private static Map.Entry<Codec, Way> symmetric(SymmetricSuperBlocks codec) {
        Assembled equal = assembled("search " + codec.name(), new SymmetricKernel(codec.limit(), false)::write);
        Assembled weighted = assembled("search weighted " + codec.name(), new SymmetricKernel(codec.limit(), true)::write);
        Assembled rounding = assembled("round " + codec.name(), new GroupRoundingKernel(codec.limit())::write);
        return entry(codec, new Way(List.of(equal, weighted, rounding),
                any -> new X86SymmetricRows(codec, equal.get(), weighted.get(), rounding.get())));
    }

    private static Assembled assembled(String name, CodeSpace.Body body) {
        return new Assembled(() -> Machine.detected().space().orElseThrow().kernel(name, body));
    }

    /**
     * The one for this codec, if it writes what the codec itself does for some known numbers; for processors with AVX2.
     *
     * @param rest encodes where there is no kernel
     */
    static Optional<RowEncoder> of(Codec codec, Supplier<RowEncoder> rest) {
        if (!ALL.containsKey(codec)) {
            return Optional.empty();
        }
        return Optional.of(ALL.get(codec).maker().apply(rest)).filter(encoder -> agrees(encoder, codec));
    }

    private static boolean agrees(RowEncoder encoder, Codec codec) {
        float[] numbers = new float[SymmetricSuperBlocks.SIZE];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (i * 37 % 101 - 50) * 0.013f;
        }
        byte[] expected = new byte[Math.toIntExact(codec.bytes(numbers.length))];
        byte[] found = new byte[expected.length];
        codec.encode(numbers, 0, numbers.length, Importance.EQUAL, MemorySegment.ofArray(expected), 0);
        encoder.encode(numbers, 0, numbers.length, Importance.EQUAL, MemorySegment.ofArray(found), 0);
        return Arrays.equals(expected, found);
    }
}
