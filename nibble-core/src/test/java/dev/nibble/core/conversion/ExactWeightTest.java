package dev.nibble.core.conversion;

import static dev.nibble.core.tensor.LittleEndian.SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.codec.Codecs;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.ScaleOnlyCodec;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExactWeightTest {
    private static final Shape SHAPE = Shape.of(3, 256);
    private final long seed = Long.getLong("nibble.seed", 42);
    private final Random random = new Random(seed);

    @ParameterizedTest
    @CsvSource({"Q4_0,INT4-G32", "Q5_0,INT8-G32", "Q8_0,INT8-G32", "IQ4_NL,INT8-G32", "Q1_0,INT2-G128", "Q2_0,INT4-G64", "TQ1_0,INT2-G256",
        "TQ2_0,INT2-G256", "MXFP4,MXFP4", "NVFP4,NVFP4"})
    void keepsEveryBitInTheNarrowestForm(String type, String form) {
        Tensor stored = rounded(Codecs.named(type));
        assertThat(ExactWeight.forms(stored.codec()).getFirst().name()).isEqualTo(form);
        for (Codec target : ExactWeight.forms(stored.codec())) {
            assertSame(stored, moved(stored, target));
        }
    }

    @Test
    void everyFormOfIntegersIsTakenApartWhateverTheScale() {
        for (Codec codec : Codecs.ALL) {
            if (codec instanceof ScaleOnlyCodec multiples) {
                Tensor stored = rounded(codec);
                stored.data().set(SHORT, multiples.scaleAt(), (short) 0x8123); // a negative subnormal
                assertSame(stored, moved(stored, ExactWeight.forms(codec).getFirst()));
                byte[] integers = new byte[codec.blockSize()];
                multiples.integers(stored.data(), 0, integers);
                for (byte integer : integers) {
                    assertThat((int) integer).as(codec.name()).isBetween(multiples.smallest(), multiples.largest());
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"Q4_1,15", "Q5_1,31"})
    void minimaOfWholeStepsAreZeroPoints(String type, int largest) {
        Tensor stored = rounded(Codecs.named(type));
        int bytes = stored.codec().blockBytes();
        for (int block = 0; block < SHAPE.count() / 32; block++) {
            float scale = Float.float16ToFloat(Float.floatToFloat16(random.nextInt(1, 64) / 1024f));
            stored.data().set(SHORT, (long) block * bytes, Float.floatToFloat16(scale));
            stored.data().set(SHORT, (long) block * bytes + 2, Float.floatToFloat16(-(block % (largest + 1)) * scale));
        }
        assertSame(stored, moved(stored, ExactWeight.forms(stored.codec()).getFirst()));
        float step = Float.float16ToFloat(stored.data().get(SHORT, bytes));
        for (float minimum : new float[]{-2.5f * step, step, -(largest + 1) * step}) {
            stored.data().set(SHORT, bytes + 2, Float.floatToFloat16(minimum));
            assertThatThrownBy(() -> moved(stored, ExactWeight.forms(stored.codec()).getFirst()))
                    .as("minimum %s of steps of %s", minimum, step)
                    .isInstanceOf(UnsupportedException.class).hasMessageContaining("row 0, columns 32 to 63")
                    .hasMessageContaining("not a whole number of steps");
        }
    }

    @Test
    void negativeScalesAreCounted() {
        Tensor stored = rounded(Codecs.named("Q4_0"));
        long negative = 0;
        for (long at = 0; at < stored.data().byteSize(); at += stored.codec().blockBytes()) {
            negative += stored.data().get(SHORT, at) < 0 ? 1 : 0;
        }
        Weight moved = moved(stored, ExactWeight.forms(stored.codec()).getFirst());
        assertThat(negative).as("seed %d", seed).isPositive();
        assertThat(ExactWeight.negativeScales(moved.values().codec(), moved.values().data())).isEqualTo(negative);
    }

    @Test
    void refusesWhatNoEncoderWrites() {
        Tensor infinite = rounded(Codecs.named("Q8_0"));
        infinite.data().set(SHORT, infinite.rowBytes(), (short) 0x7C00);
        assertThatThrownBy(() -> moved(infinite, GroupAffine.named("INT8-G32").orElseThrow()))
                .hasMessageContaining("tensor layer.weight (Q8_0)").hasMessageContaining("row 1 has a scale that is not finite");
        Tensor fourth = rounded(Codecs.named("TQ2_0"));
        fourth.data().set(ValueLayout.JAVA_BYTE, 0, (byte) 0xFF);
        assertThatThrownBy(() -> moved(fourth, GroupAffine.named("INT2-G256").orElseThrow())).hasMessageContaining("is 2 times its scale");
        assertThat(ExactWeight.forms(Codecs.named("Q4_K"))).isEmpty();
        assertThat(ExactWeight.forms(Codecs.named("IQ2_XS"))).isEmpty();
    }

    private static Weight moved(Tensor stored, Codec target) {
        return new ExactWeight(Sources.copy("layer.weight", stored, false), target).read(Arena.ofAuto());
    }

    private void assertSame(Tensor stored, Weight moved) {
        int columns = (int) stored.columns();
        float[] before = new float[columns];
        float[] after = new float[columns];
        for (int row = 0; row < stored.rows(); row++) {
            stored.decode(row, 0, before, 0, columns);
            moved.read(row, after, 0);
            for (int i = 0; i < columns; i++) {
                assertThat(Float.floatToRawIntBits(after[i])).as("%s in %s, row %d, column %d, seed %d", stored.codec().name(),
                        moved.values().codec().name(), row, i, seed).isEqualTo(Float.floatToRawIntBits(before[i]));
            }
        }
    }

    private Tensor rounded(Codec codec) {
        float[] numbers = new float[(int) SHAPE.count()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        Tensor tensor = InMemoryCheckpoint.tensor(codec, SHAPE, numbers);
        MemorySegment own = MemorySegment.ofArray(new byte[(int) tensor.data().byteSize()]);
        own.copyFrom(tensor.data());
        return new Tensor(codec, SHAPE, own);
    }
}
