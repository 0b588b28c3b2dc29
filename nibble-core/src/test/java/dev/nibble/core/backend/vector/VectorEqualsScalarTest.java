package dev.nibble.core.backend.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nibble.core.backend.Weights;
import dev.nibble.core.codec.Codecs;
import dev.nibble.core.kernel.MatMul;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Vector code is bit-identical to plain code, so that results do not depend on the compiler's progress. Also run with narrower vectors. */
class VectorEqualsScalarTest {
    static final List<Codec> CODECS = Codecs.ALL.stream().filter(Decoders.ALL::containsKey).toList();
    static final List<Codec> ALL_CODECS = Codecs.ALL;
    private static final int GUARD = 3;
    private static final float UNTOUCHED = 77.25f;

    private final long seed = Long.getLong("nibble.seed", 42);
    private final Random random = new Random(seed);
    private final ThreadLocal<DecodedRows> scratch = ThreadLocal.withInitial(DecodedRows::new);

    /** The build runs this class in JVMs of several widths. */
    @Test
    void runsWithVectorsOfTheWidthAskedFor() {
        int bits = Integer.getInteger("nibble.vector.bits", Lanes.FLOATS.vectorBitSize());
        assumeTrue(bits <= FloatVector.SPECIES_MAX.vectorBitSize(), "this processor has no vectors of " + bits + " bits");
        assertThat(Lanes.FLOATS.vectorBitSize()).isEqualTo(bits);
    }

    @Test
    void everyListedDecoderIsTested() {
        assertThat(CODECS).hasSameSizeAs(Decoders.ALL.keySet()).isNotEmpty();
    }

    /** Random bytes: every scale from NaN to subnormal, every code. */
    @ParameterizedTest
    @FieldSource("CODECS")
    void decodersGiveTheNumbersOfTheCodec(Codec codec) {
        RowDecoder decoder = Decoders.ALL.get(codec);
        try (Arena arena = Arena.ofConfined()) {
            for (int attempt = 0; attempt < 300; attempt++) {
                int count = (1 + random.nextInt(5)) * codec.blockSize() * (codec.blockSize() == 1 ? random.nextInt(1, 40) : 1);
                byte[] bytes = new byte[Math.toIntExact(codec.bytes(count))];
                random.nextBytes(bytes);
                MemorySegment source = arena.allocate(bytes.length + 5L).asSlice(5); // nothing beyond the last byte may be read
                source.copyFrom(MemorySegment.ofArray(bytes));
                float[] expected = new float[count + 2 * GUARD];
                Arrays.fill(expected, UNTOUCHED);
                float[] actual = expected.clone();
                codec.decode(source, 0, expected, GUARD, count);
                decoder.decode(source, 0, actual, GUARD, count);
                assertSameBits(actual, expected, codec.name() + " " + count);
            }
        }
    }

    /** Random bytes. */
    @Test
    void fusedRowsGiveTheSameSums() {
        assertThat(Decoders.FUSED.isEmpty()).isEqualTo(Lanes.COUNT < LaneSum.COUNT);
        try (Arena arena = Arena.ofConfined()) {
            Decoders.FUSED.forEach((codec, fused) -> {
                for (int attempt = 0; attempt < 100; attempt++) {
                    int columns = codec.blockSize() * (1 + random.nextInt(9));
                    byte[] bytes = new byte[Math.toIntExact(codec.bytes(7L * columns))];
                    random.nextBytes(bytes);
                    MemorySegment weight = arena.allocate(bytes.length + 3L).asSlice(3).copyFrom(MemorySegment.ofArray(bytes));
                    float[] x = numbers(columns + 2);
                    float[] expected = new float[64];
                    float[] actual = numbers(64);
                    long row = codec.bytes(columns);
                    new TwoStepRows(codec, () -> codec::decode, ScalarTiles::new, scratch).multiply(weight, 0, 2 * row, columns, x, 2,
                            expected);
                    fused.multiply(weight, 0, 2 * row, columns, x, 2, actual);
                    assertSameBits(actual, expected, codec.name() + " " + columns);
                }
            });
        }
    }

    @Test
    void tilesGiveTheSameSums() {
        for (int tokens = 1; tokens <= 14; tokens++) {
            for (int count : new int[]{0, 16, 48, 1024}) {
                float[] panel = numbers(4 * 1030 + 5);
                float[] x = numbers(tokens * 1100 + 9);
                float[] sums = numbers((tokens * 5 + 4) * 16 + 7);
                float[] expected = sums.clone();
                new ScalarTiles().multiply(panel, 5, 1030, x, 9, 1100, tokens, count, expected, 7, 80);
                new LaneTiles().multiply(panel, 5, 1030, x, 9, 1100, tokens, count, sums, 7, 80);
                assertSameBits(sums, expected, tokens + " tokens, " + count);
            }
        }
    }

    /** Every mixture of warm and cold parts, for several numbers of tokens. */
    @ParameterizedTest
    @FieldSource("ALL_CODECS")
    void productsAreTheSameColdAndWarm(Codec codec) {
        int columns = codec.blockSize() == 1 ? 1024 + 172 : 1024 + 3 * codec.blockSize();
        Tensor heap = Weights.random(codec, 37, columns, random);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(heap.data().byteSize()).copyFrom(heap.data());
            Tensor weight = new Tensor(codec, heap.shape(), data);
            for (int tokens : new int[]{1, 2, 3, 4, 10, 131}) {
                Matrix x = Weights.activations(tokens, columns, random);
                List<float[]> results = new ArrayList<>();
                for (RowDecoder decoder : List.<RowDecoder>of(codec::decode, Decoders.ALL.getOrDefault(codec, codec::decode))) {
                    for (Tiles tiles : List.of(new ScalarTiles(), new LaneTiles())) {
                        RowQuad twoStep = new TwoStepRows(codec, () -> decoder, () -> tiles, scratch);
                        for (RowQuad rows : List.of(twoStep, Decoders.FUSED.getOrDefault(codec, twoStep))) {
                            MatMul kernel = new VectorMatMul(weight, () -> decoder, () -> rows, () -> tiles, scratch);
                            Matrix y = Matrix.of(tokens, 37);
                            kernel.multiply(x, y, 0, 37);
                            results.add(y.data());
                        }
                    }
                }
                for (float[] result : results) {
                    assertSameBits(result, results.getFirst(), codec.name() + " " + tokens);
                }
            }
        }
    }

    @Test
    void scoresAreTheSame() {
        for (int size : new int[]{1, 8, 16, 30, 64, 80, 128, 131}) {
            for (int count : new int[]{0, 1, 3, 4, 5, 13}) {
                float[] query = numbers(size + 2);
                float[] rows = numbers(size * count + 1);
                float[] expected = numbers(count + 4);
                float[] actual = expected.clone();
                new ScalarOps().scores(query, 2, rows, count, size, 0.125f, expected, 3);
                new LaneOps(scratch).scores(query, 2, rows, count, size, 0.125f, actual, 3);
                assertSameBits(actual, expected, "scores " + size + " " + count);
                for (int row = 0; row < count; row++) {
                    double sum = 0;
                    for (int i = 0; i < size; i++) {
                        sum += (double) query[2 + i] * rows[row * size + i];
                    }
                    assertThat(actual[3 + row]).isCloseTo((float) (0.125 * sum), within(1e-5f * size));
                }
            }
        }
    }

    @Test
    void accumulatedRowsAreTheSame() {
        for (int size : new int[]{1, 8, 16, 30, 64, 80, 128, 131}) {
            for (int count : new int[]{0, 1, 3, 13}) {
                float[] weights = numbers(count + 1);
                float[] rows = numbers(size * count);
                float[] expected = numbers(size + 4);
                float[] actual = expected.clone();
                float[] before = expected.clone();
                new ScalarOps().accumulate(weights, 1, rows, count, size, expected, 3);
                new LaneOps(scratch).accumulate(weights, 1, rows, count, size, actual, 3);
                assertSameBits(actual, expected, "accumulate " + size + " " + count);
                for (int i = 0; i < size; i++) {
                    double sum = before[3 + i];
                    for (int row = 0; row < count; row++) {
                        sum += (double) weights[1 + row] * rows[row * size + i];
                    }
                    assertThat(actual[3 + i]).isCloseTo((float) sum, within(1e-5f * (count + 1)));
                }
            }
        }
    }

    @Test
    void exponentialsAreTheSameAndNear() {
        double worst = 0;
        for (int count : new int[]{0, 1, 15, 16, 17, 100, 1000, 100_000}) {
            float[] x = new float[count + 5];
            for (int i = 0; i < x.length; i++) {
                x[i] = random.nextFloat(-110, 95);
            }
            float[] actual = x.clone();
            float[] expected = x.clone();
            float sum = new ScalarOps().exp(expected, 2, count, 3.5f);
            assertThat(new LaneOps(scratch).exp(actual, 2, count, 3.5f)).isEqualTo(sum);
            assertSameBits(actual, expected, "exp of " + count);
            for (int i = 2; i < 2 + count; i++) {
                double exact = Math.exp(x[i] - 3.5f);
                double unit = Math.ulp((float) exact);
                worst = Math.max(worst, exact > Float.MAX_VALUE ? 0 : Math.abs(actual[i] - exact) / unit);
            }
        }
        assertThat(worst).as("units in the last place").isLessThan(2);
    }

    @Test
    void exponentialsOfExtremes() {
        float[] x = {0, -0f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 89, 88.7f, -103, -104, -87.5f, 1e30f, -1e30f,
            Float.MIN_VALUE, 1, -1, 2, 0, 5, Float.NaN, Float.NEGATIVE_INFINITY};
        float[] plain = x.clone();
        new ScalarOps().exp(plain, 0, x.length, 0);
        float[] lanes = x.clone();
        new LaneOps(scratch).exp(lanes, 0, x.length, 0);
        assertSameBits(lanes, plain, "extremes");
        for (int i = 0; i < x.length; i++) {
            float exact = (float) Math.exp(x[i]);
            if (Float.isFinite(exact)) {
                assertThat(plain[i]).as("e^%s", x[i]).isCloseTo(exact, within(2 * Math.ulp(exact)));
            } else {
                assertThat(Float.valueOf(plain[i])).as("e^%s", x[i]).isEqualTo(Float.valueOf(exact));
            }
        }
    }

    private float[] numbers(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }

    /** Bits of the floats, with all NaNs equal. */
    private void assertSameBits(float[] actual, float[] expected, String what) {
        for (int i = 0; i < expected.length; i++) {
            assertThat(Float.floatToIntBits(actual[i])).as("%s: %s at %d, expected %s, seed %d", what, actual[i], i, expected[i], seed)
                    .isEqualTo(Float.floatToIntBits(expected[i]));
        }
    }
}
