package dev.nibble.core.codec.encode.x86;

import static java.util.Map.entry;

import dev.nibble.core.codec.Q4_0;
import dev.nibble.core.codec.Q5_0;
import dev.nibble.core.codec.Q6_K;
import dev.nibble.core.codec.Q8_0;
import dev.nibble.core.codec.RowEncoder;
import dev.nibble.core.codec.SymmetricSuperBlockCodec;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.x86.machine.Assembled;
import dev.nibble.core.x86.machine.CodeCache;
import dev.nibble.core.x86.machine.Machine;
import dev.nibble.core.x86.machine.OneTimeSelfTest;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntToDoubleFunction;
import java.util.function.Supplier;

/** The list of encoders in machine code, which are fast from the first row on. An encoder listed here is used and tested. */
public final class X86Encoders {
    /**
     * The construction of an encoder.
     *
     * @param maker makes it, given the encoder for cases without a kernel
     * @param trial whether it writes the same bytes as the codec
     */
    record Way(List<Assembled> kernels, Function<Supplier<RowEncoder>, RowEncoder> maker, OneTimeSelfTest trial) {
        /** @param importance cases of importance that the kernels encode */
        static Way of(Codec codec, List<Assembled> kernels, Function<Supplier<RowEncoder>, RowEncoder> maker, List<Importance> importance) {
            return new Way(kernels, maker, new OneTimeSelfTest(() -> {
                RowEncoder encoder = maker.apply(() -> codec::encode);
                return importance.stream().allMatch(weights -> agrees(encoder, codec, weights));
            }));
        }

        /** The encoder, unless its self-test failed. @param rest encodes where there is no kernel */
        Optional<RowEncoder> make(Supplier<RowEncoder> rest) {
            return trial.failure().isEmpty() ? Optional.of(maker.apply(rest)) : Optional.empty();
        }
    }

    private static final int TESTED = SymmetricSuperBlockCodec.SIZE;
    private static final Importance WEIGHTS = Importance.ofColumns(numbers(i -> 1 + i % 7 * 0.3f));

    public static final Map<Codec, Way> ALL = Map.ofEntries(
            small(Q4_0.Q4_0, 4), small(Q5_0.Q5_0, 5), small(Q8_0.Q8_0, 8), symmetric(Q6_K.Q6_K));

    private X86Encoders() {}

    private static Map.Entry<Codec, Way> small(Codec codec, int bits) {
        Assembled kernel = assembled("encode " + codec.name(), new SmallBlockKernel(bits)::write);
        return entry(codec, Way.of(codec, List.of(kernel), rest -> new X86SmallBlockRows(codec, kernel.get(), bits < 8, rest),
                List.of(Importance.EQUAL)));
    }

    private static Map.Entry<Codec, Way> symmetric(SymmetricSuperBlockCodec codec) {
        Assembled equal = assembled("search " + codec.name(), new SymmetricKernel(codec.limit(), false)::write);
        Assembled weighted = assembled("search weighted " + codec.name(), new SymmetricKernel(codec.limit(), true)::write);
        Assembled rounding = assembled("round " + codec.name(), new GroupRoundingKernel(codec.limit())::write);
        return entry(codec, Way.of(codec, List.of(equal, weighted, rounding),
                any -> new X86SymmetricRows(codec, equal.get(), weighted.get(), rounding.get()), List.of(Importance.EQUAL, WEIGHTS)));
    }

    private static Assembled assembled(String name, CodeCache.Body body) {
        return new Assembled(() -> Machine.detected().space().orElseThrow().kernel(name, body));
    }

    /**
     * The encoder for this codec, if the processor has AVX2 and its self-test passed.
     *
     * @param rest encodes where there is no kernel
     */
    public static Optional<RowEncoder> of(Codec codec, Supplier<RowEncoder> rest) {
        return ALL.containsKey(codec) && Machine.detected().features().avx2() ? ALL.get(codec).make(rest) : Optional.empty();
    }

    private static boolean agrees(RowEncoder encoder, Codec codec, Importance importance) {
        float[] numbers = numbers(i -> (i * 37 % 101 - 50) * 0.013f);
        byte[] expected = new byte[Math.toIntExact(codec.bytes(TESTED))];
        byte[] found = new byte[expected.length];
        codec.encode(numbers, 0, TESTED, importance, MemorySegment.ofArray(expected), 0);
        encoder.encode(numbers, 0, TESTED, importance, MemorySegment.ofArray(found), 0);
        return Arrays.equals(expected, found);
    }

    private static float[] numbers(IntToDoubleFunction number) {
        float[] numbers = new float[TESTED];
        for (int i = 0; i < TESTED; i++) {
            numbers[i] = (float) number.applyAsDouble(i);
        }
        return numbers;
    }
}
