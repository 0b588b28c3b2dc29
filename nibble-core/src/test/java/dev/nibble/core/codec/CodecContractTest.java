package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The contract of all codecs. A codec gets here by being listed in {@link Codecs#ALL}, a family of codecs by some of its members. */
class CodecContractTest {
    static final List<Codec> CODECS = Stream.concat(Codecs.ALL.stream(), families()).toList();
    private static final int TRIALS = 50;
    /** The smallest normal number of E4M3, the narrowest range. */
    private static final float SMALLEST_NORMAL = 0x1p-6f;
    private static final byte GUARD = 0x5A;

    private final long seed = Long.getLong("nibble.seed", 42);
    private final Random random = new Random(seed);

    @ParameterizedTest
    @FieldSource("CODECS")
    void roundsWithinTheErrorItStates(Codec codec) {
        for (int trial = 0; trial < TRIALS; trial++) {
            float[] numbers = numbersOfManySizes(codec.blockSize());
            float[] decoded = decode(codec, codec.fit(numbers, 0, Importance.EQUAL));
            for (int i = 0; i < numbers.length; i++) {
                assertThat(decoded[i]).as("%s number %d, seed %d", codec.name(), i, seed).isCloseTo(numbers[i],
                        within((float) (codec.roundingError() * largest(numbers))));
            }
        }
    }

    @ParameterizedTest
    @FieldSource("CODECS")
    void decodesWhatTheBlockSaidItWould(Codec codec) {
        for (int trial = 0; trial < TRIALS; trial++) {
            float[] numbers = numbersOfManySizes(codec.blockSize());
            Block block = codec.fit(numbers, 0, trial % 2 == 0 ? Importance.EQUAL : someImportance(numbers));
            assertThat(values(codec, block)).as("%s, seed %d", codec.name(), seed).isEqualTo(decode(codec, block));
            chooseAll(block, numbersOfManySizes(codec.blockSize()));
            assertThat(values(codec, block)).as("%s chosen anew, seed %d", codec.name(), seed).isEqualTo(decode(codec, block));
        }
    }

    @ParameterizedTest
    @FieldSource("CODECS")
    void hasTheDimensionOfItsBlocks(Codec codec) {
        assertThat(codec.dimension()).as(codec.name()).isEqualTo(codec.fit(new float[codec.blockSize()], 0, Importance.EQUAL).dimension());
    }

    @ParameterizedTest
    @FieldSource("CODECS")
    void writesABlockAsOftenAsAsked(Codec codec) {
        for (int trial = 0; trial < TRIALS; trial++) {
            Block block = codec.fit(gaussian(codec.blockSize(), 0), 0, Importance.EQUAL);
            assertThat(bytes(codec, block)).as(codec.name()).isEqualTo(bytes(codec, block));
        }
    }

    @ParameterizedTest
    @FieldSource("CODECS")
    void keepsNumbersItCanWriteExactly(Codec codec) {
        for (int trial = 0; trial < TRIALS; trial++) {
            Block block = codec.fit(numbersOfManySizes(codec.blockSize()), 0, Importance.EQUAL);
            float[] values = decode(codec, block);
            chooseAll(block, numbersOfManySizes(codec.blockSize())); // so that choosing nothing does not pass
            chooseAll(block, values);
            assertThat(decode(codec, block)).as("%s, seed %d", codec.name(), seed).isEqualTo(values);
        }
    }

    @ParameterizedTest
    @FieldSource("CODECS")
    void keepsZeros(Codec codec) {
        for (float zero : new float[]{0f, -0f}) {
            float[] zeros = new float[codec.blockSize()];
            Arrays.fill(zeros, zero);
            for (Importance importance : List.of(Importance.EQUAL, someImportance(zeros))) {
                for (float number : decode(codec, codec.fit(zeros, 0, importance))) {
                    assertThat(Math.abs(number)).as(codec.name()).isLessThan(Float.MIN_NORMAL); // E8M0 has no zero
                }
            }
        }
    }

    /** The chosen value is the nearest of all values that a position takes for numbers from far below to far above. */
    @ParameterizedTest
    @FieldSource("CODECS")
    void choosesTheNearest(Codec codec) {
        float[] numbers = numbersOfManySizes(codec.blockSize());
        Block block = codec.fit(numbers, 0, Importance.EQUAL);
        assumeTrue(codec.dimension() == 1, "codes for several values at once");
        float range = 2 * largest(numbers);
        float[] sweep = new float[1000];
        for (int j = 0; j < sweep.length; j++) {
            sweep[j] = j < 500 ? range * (j - 250) / 250 : (float) (random.nextGaussian() * range / 4);
        }
        for (int i = 0; i < numbers.length; i += 7) {
            float[] reached = new float[sweep.length];
            for (int j = 0; j < sweep.length; j++) {
                block.choose(i, sweep, j);
                reached[j] = block.value(i);
            }
            Set<Float> values = new HashSet<>();
            for (float value : reached) {
                values.add(value);
            }
            for (int j = 0; j < sweep.length; j++) {
                float nearest = Float.POSITIVE_INFINITY;
                for (float value : values) {
                    nearest = Math.min(nearest, Math.abs(value - sweep[j]));
                }
                assertThat(Math.abs(reached[j] - sweep[j])).as("%s position %d, %s, seed %d", codec.name(), i, sweep[j], seed)
                        .isLessThanOrEqualTo(nearest + range * 1e-6f);
            }
        }
    }

    /** The initial codes are the nearest too, up to the rounding of the scale: choosing all again hardly improves the square error. */
    @ParameterizedTest
    @FieldSource("CODECS")
    void fitsAsGoodCodesAsItChooses(Codec codec) {
        assumeTrue(codec.dimension() == 1, "points of a lattice are chosen for the larger numbers first, not for the square error");
        double fitted = 0;
        double chosen = 0;
        for (int trial = 0; trial < TRIALS; trial++) {
            float[] numbers = gaussian(codec.blockSize(), 0);
            Block block = codec.fit(numbers, 0, Importance.EQUAL);
            fitted += squareError(numbers, values(codec, block));
            chooseAll(block, numbers);
            chosen += squareError(numbers, values(codec, block));
        }
        assertThat(fitted).as(codec.name()).isLessThanOrEqualTo(1.02 * chosen);
    }

    /** The error is unbiased even on numbers of one sign: its mean is within six standard errors of 0 and a thousandth of their spread. */
    @ParameterizedTest
    @FieldSource("CODECS")
    void hasNoBias(Codec codec) {
        assumeTrue(codec.roundingError() < 0.2, "so coarse that clipping and zero decide the mean");
        int blocks = Math.max(2000 / codec.blockSize(), 20);
        int count = blocks * codec.blockSize();
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < blocks; i++) {
            float[] numbers = gaussian(codec.blockSize(), 0.5f);
            float[] decoded = decode(codec, codec.fit(numbers, 0, Importance.EQUAL));
            squares += squareError(numbers, decoded);
            for (int j = 0; j < numbers.length; j++) {
                sum += decoded[j] - numbers[j];
            }
        }
        double standardError = Math.sqrt(squares) / count;
        assertThat(sum / count).as("%s, seed %d", codec.name(), seed).isCloseTo(0, within(6 * standardError + 1e-3));
    }

    @ParameterizedTest
    @FieldSource("CODECS")
    void decodesAnyBytes(Codec codec) {
        byte[] bytes = new byte[4 * codec.blockBytes()];
        float[] first = new float[4 * codec.blockSize()];
        float[] second = new float[first.length];
        for (int trial = 0; trial < TRIALS; trial++) {
            random.nextBytes(bytes);
            if (trial < 2) {
                Arrays.fill(bytes, (byte) -trial);
            }
            codec.decode(MemorySegment.ofArray(bytes), 0, first, 0, first.length);
            codec.decode(MemorySegment.ofArray(bytes), 0, second, 0, second.length);
            assertThat(second).isEqualTo(first);
            boolean finite = IntStream.range(0, codec.blockSize()).allMatch(i -> Float.isFinite(first[i]));
            // not the other way round: codes may carry a finite scale of 32 bits beyond all floats; and ggml reads NVFP4's NaN as zero
            if (finite && !codec.equals(NVFP4.NVFP4)) {
                assertThat(codec.scalesFinite(MemorySegment.ofArray(bytes), 0)).as("%s, seed %d", codec.name(), seed).isTrue();
            }
        }
    }

    @ParameterizedTest
    @FieldSource("CODECS")
    void saysWhetherWhatItWroteIsFinite(Codec codec) {
        float[] numbers = numbersOfManySizes(codec.blockSize());
        byte[] bytes = bytes(codec, codec.fit(numbers, 0, Importance.EQUAL));
        assertThat(codec.scalesFinite(MemorySegment.ofArray(bytes), 0)).as(codec.name()).isTrue();
        if (codec.blockSize() > 1) {
            Arrays.fill(bytes, (byte) 0xFF); // NaN in F16, E8M0 and UE4M3
            assertThat(codec.scalesFinite(MemorySegment.ofArray(bytes), 0)).as(codec.name()).isFalse();
        }
    }

    /** A scale that is not finite is found wherever in the block it stands: what decodes to NaN has one. */
    @ParameterizedTest
    @FieldSource("CODECS")
    void findsEveryScaleThatIsNotFinite(Codec codec) {
        assumeTrue(codec.blockSize() > 1, "a plain number has no scale");
        byte[] sound = bytes(codec, codec.fit(numbersOfManySizes(codec.blockSize()), 0, Importance.EQUAL));
        float[] decoded = new float[codec.blockSize()];
        for (int at = 0; at < sound.length - 1; at++) {
            byte[] broken = sound.clone();
            broken[at] = 0;
            broken[at + 1] = 0x7E; // NaN in F16 if it begins here
            codec.decode(MemorySegment.ofArray(broken), 0, decoded, 0, decoded.length);
            boolean overflown = IntStream.range(0, decoded.length).anyMatch(i -> Float.isInfinite(decoded[i])); // by a finite scale of 32 bits
            if (!overflown && IntStream.range(0, decoded.length).anyMatch(i -> Float.isNaN(decoded[i]))) {
                assertThat(codec.scalesFinite(MemorySegment.ofArray(broken), 0)).as("%s, NaN at byte %d", codec.name(), at).isFalse();
            }
        }
    }

    @ParameterizedTest
    @FieldSource("CODECS")
    void touchesNothingBesideItsBytesAndNumbers(Codec codec) {
        int count = 3 * codec.blockSize();
        int size = 3 * codec.blockBytes();
        float[] numbers = numbersOfManySizes(count);
        byte[] expected = encode(codec, numbers);
        for (int shift : new int[]{0, 1, 3, 5}) {
            float[] shifted = new float[count + 7];
            System.arraycopy(numbers, 0, shifted, shift, count);
            byte[] target = new byte[size + 8];
            Arrays.fill(target, GUARD);
            codec.encode(shifted, shift, count, Importance.EQUAL, MemorySegment.ofArray(target), shift);
            byte[] guarded = new byte[size + 8];
            Arrays.fill(guarded, GUARD);
            System.arraycopy(expected, 0, guarded, shift, size);
            assertThat(target).as("%s at %d", codec.name(), shift).isEqualTo(guarded);

            float[] decoded = new float[count + 7];
            Arrays.fill(decoded, GUARD);
            codec.decode(MemorySegment.ofArray(target), shift, decoded, shift, count);
            float[] guardedNumbers = new float[count + 7];
            Arrays.fill(guardedNumbers, GUARD);
            codec.decode(MemorySegment.ofArray(expected), 0, guardedNumbers, shift, count);
            float[] plain = new float[count];
            codec.decode(MemorySegment.ofArray(expected), 0, plain, 0, count);
            assertThat(Arrays.copyOfRange(guardedNumbers, shift, shift + count)).isEqualTo(plain);
            assertThat(decoded).as("%s at %d", codec.name(), shift).isEqualTo(guardedNumbers);
            assertThat(decoded[shift == 0 ? count : shift - 1]).isEqualTo(GUARD);
        }
    }

    /** Any part of a row decodes as in the whole. */
    @ParameterizedTest
    @FieldSource("CODECS")
    void decodesFromTheMiddleOfARow(Codec codec) {
        byte[] bytes = encode(codec, numbersOfManySizes(4 * codec.blockSize()));
        float[] whole = new float[4 * codec.blockSize()];
        codec.decode(MemorySegment.ofArray(bytes), 0, whole, 0, whole.length);
        float[] part = new float[2 * codec.blockSize()];
        codec.decode(MemorySegment.ofArray(bytes), codec.blockBytes(), part, 0, part.length);
        assertThat(part).isEqualTo(Arrays.copyOfRange(whole, codec.blockSize(), 3 * codec.blockSize()));
    }

    /** Rounding with binary scales does not depend on the unit; within the normal range of F16 and UE4M3. */
    @ParameterizedTest
    @FieldSource("CODECS")
    void roundsAlikeInUnitsOfPowersOfTwo(Codec codec) {
        assumeTrue(codec.blockSize() > 1, "a plain number");
        for (int trial = 0; trial < 10; trial++) {
            float[] numbers = gaussian(codec.blockSize(), 0);
            float[] expected = decode(codec, codec.fit(numbers, 0, Importance.EQUAL));
            for (int exponent : new int[]{-1, 1, 4, 6}) {
                float unit = Math.scalb(1f, exponent);
                float[] scaled = decode(codec, codec.fit(times(numbers, unit), 0, Importance.EQUAL));
                assertThat(scaled).as("%s × 2^%d, seed %d", codec.name(), exponent, seed).isEqualTo(times(expected, unit));
            }
        }
    }

    @ParameterizedTest
    @FieldSource("CODECS")
    void keepsBlocksOfARowApart(Codec codec) {
        float[] numbers = numbersOfManySizes(4 * codec.blockSize());
        byte[] expected = encode(codec, numbers);
        for (int changed = 0; changed < 4; changed++) {
            float[] others = numbers.clone();
            for (int i = changed * codec.blockSize(); i < (changed + 1) * codec.blockSize(); i++) {
                others[i] = changed == 2 ? 0 : i % 2 == 0 ? 1e3f : -1e3f;
            }
            byte[] actual = encode(codec, others);
            int at = changed * codec.blockBytes();
            System.arraycopy(expected, at, actual, at, codec.blockBytes());
            assertThat(actual).as("%s, block %d changed, seed %d", codec.name(), changed, seed).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @FieldSource("CODECS")
    void survivesAnyNumbers(Codec codec) {
        float[] extremes = {Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE, -Float.MIN_VALUE, 1e30f, -1e30f, 1e-40f, 1e-30f, 0f, -0f,
            1f,
            Float.MIN_NORMAL, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
        float[] numbers = new float[codec.blockSize()];
        for (int trial = 0; trial < 4 * extremes.length; trial++) {
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = switch (trial % 4) {
                    case 0 -> extremes[trial / 4];
                    case 1 -> i == 0 ? extremes[trial / 4] : (float) random.nextGaussian();
                    case 2 -> extremes[random.nextInt(12)];
                    default -> Float.intBitsToFloat(random.nextInt());
                };
            }
            for (Importance importance : List.of(Importance.EQUAL, someImportance(numbers))) {
                Block block = codec.fit(numbers, 0, importance);
                chooseAll(block, numbers);
                assertThat(values(codec, block)).as("%s, trial %d, seed %d", codec.name(), trial, seed).isEqualTo(decode(codec,
                        block));
            }
        }
    }

    @ParameterizedTest
    @FieldSource("CODECS")
    void saysWhatItIsFor(Codec codec) {
        assertThat(codec.purpose()).isNotBlank().hasSizeLessThan(90).doesNotEndWith(".");
    }

    @Test
    void areFoundByNameAndNumber() {
        assertThat(CODECS).extracting(Codec::name).doesNotHaveDuplicates();
        assertThat(Codecs.ALL).allSatisfy(codec -> {
            assertThat(Codecs.named(codec.name().toLowerCase(Locale.ROOT))).isSameAs(codec);
            codec.ggufType().ifPresent(type -> assertThat(Codecs.ofGgufType(type)).hasValue(codec));
        });
        assertThat(Codecs.ofGgufType(-1)).isEmpty();
    }

    private static Stream<Codec> families() {
        Stream<Codec> bits = IntStream.rangeClosed(1, 8).boxed().flatMap(b -> Arrays.stream(GroupAffine.Zero.values())
                .map(zero -> GroupAffine.of(b, 64, zero)));
        Stream<Codec> groups = IntStream.of(1, 5, 32, 48, 128, 200).mapToObj(size -> GroupAffine.of(4, size, GroupAffine.Zero.INTEGER));
        Stream<Codec> scales = Stream.of(ScaleFormat.BF16, ScaleFormat.F32).flatMap(format -> Arrays.stream(GroupAffine.Zero.values())
                .map(zero -> new GroupAffine(3, 32, zero, format)));
        Stream<Codec> lattices = IntStream.of(8, 64, 200).mapToObj(E8P::new);
        Stream<Codec> levels = LevelTable.ALL.stream().flatMap(table -> IntStream.of(64, 50)
                .mapToObj(size -> new ScaledLevels(table, size)));
        Stream<Codec> offsets = Arrays.stream(ScaleFormat.values()).flatMap(format -> IntStream.of(1, 4, 7)
                .mapToObj(b -> new OffsetGroups(b, 48, format)));
        Stream<Codec> mixed = Stream.of(new MixedGroups(List.of(part(8, 32, 1), part(5, 32, 2), part(3, 20, 1))));
        return Stream.of(bits, groups, scales, lattices, levels, offsets, mixed).flatMap(codecs -> codecs);
    }

    private static MixedGroups.Part part(int bits, int size, int groups) {
        return new MixedGroups.Part(GroupAffine.of(bits, size, GroupAffine.Zero.NONE), groups);
    }

    private float[] numbersOfManySizes(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) Math.scalb(random.nextGaussian(), random.nextInt(-8, 8));
            if (Math.abs(numbers[i]) < SMALLEST_NORMAL) {
                numbers[i] = Math.copySign(SMALLEST_NORMAL, numbers[i]);
            }
        }
        return numbers;
    }

    private float[] gaussian(int count, float mean) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = mean + (float) random.nextGaussian();
        }
        return numbers;
    }

    private Importance someImportance(float[] numbers) {
        float[] weights = new float[numbers.length];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) Math.exp(random.nextGaussian());
        }
        return Importance.ofColumns(weights).ofRow(numbers, 0, numbers.length);
    }

    private static void chooseAll(Block block, float[] numbers) {
        for (int i = 0; i < numbers.length; i += block.dimension()) {
            block.choose(i, numbers, i);
        }
    }

    private static float[] values(Codec codec, Block block) {
        float[] values = new float[codec.blockSize()];
        for (int i = 0; i < values.length; i++) {
            values[i] = block.value(i);
        }
        return values;
    }

    private static byte[] encode(Codec codec, float[] numbers) {
        byte[] bytes = new byte[Math.toIntExact(codec.bytes(numbers.length))];
        codec.encode(numbers, 0, numbers.length, Importance.EQUAL, MemorySegment.ofArray(bytes), 0);
        return bytes;
    }

    private static byte[] bytes(Codec codec, Block block) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[codec.blockBytes()]);
        block.write(bytes, 0);
        return bytes.toArray(JAVA_BYTE);
    }

    private static float[] decode(Codec codec, Block block) {
        float[] numbers = new float[codec.blockSize()];
        codec.decode(MemorySegment.ofArray(bytes(codec, block)), 0, numbers, 0, numbers.length);
        return numbers;
    }

    private static double squareError(float[] numbers, float[] decoded) {
        double sum = 0;
        for (int i = 0; i < numbers.length; i++) {
            double difference = decoded[i] - numbers[i];
            sum += difference * difference;
        }
        return sum;
    }

    private static float[] times(float[] numbers, float factor) {
        float[] product = numbers.clone();
        for (int i = 0; i < product.length; i++) {
            product[i] *= factor;
        }
        return product;
    }

    private static float largest(float[] numbers) {
        float largest = 0;
        for (float number : numbers) {
            largest = Math.max(largest, Math.abs(number));
        }
        return largest;
    }
}
