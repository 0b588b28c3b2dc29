package dev.nibble.core.codec.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nibble.core.SharedMaterial;
import dev.nibble.core.codec.Codecs;
import dev.nibble.core.codec.Q3_K;
import dev.nibble.core.codec.RowEncoder;
import dev.nibble.core.codec.encode.simd.GroupLanes;
import dev.nibble.core.codec.encode.simd.LaneEncoders;
import dev.nibble.core.codec.encode.x86.X86Encoders;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.x86.machine.Machine;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Fast encoders write the same bytes as plain codecs. They get here by being listed in {@link LaneEncoders} or {@link X86Encoders}. */
class FastEqualsPlainTest {
    static final List<Fast> ENCODERS = encoders();
    /** Whole groups of lanes, and parts of one. */
    private static final int[] LENGTHS = {32, 96, 256, 512, 768, 800, 1280};
    private static final byte GUARD = 0x5A;

    private final long seed = Long.getLong("nibble.seed", 42);
    private final Random random = new Random(seed);

    /** A way to encode with a codec. */
    record Fast(Codec codec, String how, Supplier<RowEncoder> maker) {
        @Override
        public String toString() {
            return codec.name() + " " + how;
        }
    }

    private static List<Fast> encoders() {
        List<Fast> found = new ArrayList<>();
        for (Codec codec : Codecs.ALL) {
            if (LaneEncoders.ALL.containsKey(codec)) {
                found.add(new Fast(codec, "in lanes", () -> LaneEncoders.of(codec).orElseThrow()));
            }
            if (X86Encoders.ALL.containsKey(codec) && Machine.detected().features().avx2()) {
                found.add(new Fast(codec, "in machine code", () -> X86Encoders.of(codec, () -> RowEncoders.plain(codec)).orElseThrow()));
            }
        }
        return found;
    }

    /** Distributions of values; each block of 256 may have another. */
    private enum Kind {
        BELL, WIDE_BELL, HEAVY_TAILS, MANY_SIZES, CONSTANT, NEGATIVE_CONSTANT, ZEROS, NEGATIVE_ZEROS, ONE_HOT, TIES, JUST_UNDER_TIES, POSITIVE, POSITIVE_AND_ZEROS, NEGATIVE, NEGATIVE_AND_ZEROS, NARROW_FAR_ABOVE, NARROW_FAR_BELOW, TINY, SUBNORMAL, HUGE, LARGEST, MOSTLY_ZERO, GROUPS_OF_MANY_SIZES, ALMOST_NOTHING, ALTERNATING
    }

    @ParameterizedTest
    @FieldSource("ENCODERS")
    void writesTheSameBytesForEveryKind(Fast way) {
        Codec codec = way.codec();
        RowEncoder fast = way.maker().get();
        for (Kind kind : Kind.values()) {
            for (int length : Arrays.stream(LENGTHS).filter(length -> length % codec.blockSize() == 0).toArray()) {
                float[] row = row(length, kind);
                compare(codec, fast, row, Importance.EQUAL, kind + " " + length);
                compare(codec, fast, row, importance(length, 0), kind + " with importance " + length);
                compare(codec, fast, row, importance(length, 0.5f), kind + " with zeros in importance " + length);
            }
        }
    }

    @ParameterizedTest
    @FieldSource("ENCODERS")
    void writesTheSameBytesForMixedRows(Fast way) {
        Codec codec = way.codec();
        RowEncoder fast = way.maker().get();
        for (int trial = 0; trial < 40; trial++) {
            int length = 256 * (1 + random.nextInt(12));
            float[] row = new float[length];
            for (int at = 0; at < length; at += 256) {
                System.arraycopy(row(256, Kind.values()[random.nextInt(Kind.values().length)]), 0, row, at, 256);
            }
            compare(codec, fast, row, Importance.EQUAL, "trial " + trial);
            compare(codec, fast, row, importance(length, random.nextInt(2) * 0.3f), "trial " + trial + " with importance");
        }
    }

    /** Enough blocks for events with a probability of one in a thousand: a code improved in the last pass. */
    @Test
    void improvesCodesOneByOneInAllPasses() {
        RowEncoder fast = LaneEncoders.of(Q3_K.Q3_K).orElseThrow();
        for (int row = 0; row < 600; row++) {
            compare(Q3_K.Q3_K, fast, row(2048, Kind.BELL), Importance.EQUAL, "row " + row);
        }
    }

    /** One encoder for rows of varying length. */
    @ParameterizedTest
    @FieldSource("ENCODERS")
    void writesTheSameBytesForTheRowsOfModels(Fast way) {
        Codec codec = way.codec();
        RowEncoder fast = way.maker().get();
        for (int length : new int[]{2048, 256, 11008, 5632, 512}) {
            float[] row = row(length, Kind.BELL);
            compare(codec, fast, row, Importance.EQUAL, "length " + length);
            compare(codec, fast, row, importance(length, 0), "with importance, length " + length);
        }
    }

    /** The rows of ggml's golden bytes. */
    @ParameterizedTest
    @FieldSource("ENCODERS")
    @Tag("shared")
    void writesTheSameBytesForGoldenRows(Fast way) throws IOException {
        Codec codec = way.codec();
        float[] rows = floats("golden/ggml-blocks/rows.f32");
        Importance importance = Importance.ofColumns(floats("golden/ggml-blocks/importance.f32"));
        assertThat(rows).hasSize(16 * 1024);
        RowEncoder fast = way.maker().get();
        for (int row = 0; row < 16; row++) {
            float[] numbers = Arrays.copyOfRange(rows, row * 1024, (row + 1) * 1024);
            compare(codec, fast, numbers, Importance.EQUAL, "golden row " + row);
            compare(codec, fast, numbers, importance, "golden row with importance " + row);
        }
    }

    private static float[] floats(String name) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(SharedMaterial.path(name))).order(ByteOrder.LITTLE_ENDIAN);
        float[] floats = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(floats);
        return floats;
    }

    /** The build runs this class in JVMs of several widths. */
    @Test
    void runsWithVectorsOfTheWidthAskedFor() {
        int bits = Integer.getInteger("nibble.vector.bits", GroupLanes.FLOATS.vectorBitSize());
        assumeTrue(bits <= FloatVector.SPECIES_MAX.vectorBitSize(), "this processor has no vectors of " + bits + " bits");
        assertThat(GroupLanes.FLOATS.vectorBitSize()).isEqualTo(bits);
    }

    @Test
    void areChosenWhereThereIsOne() {
        assertThat(ENCODERS).hasSizeGreaterThanOrEqualTo(LaneEncoders.ALL.size());
        for (Fast way : ENCODERS) {
            RowEncoder chosen = RowEncoders.of(way.codec());
            assertThat(chosen).as(way.toString()).isInstanceOf(ENCODERS.stream().filter(other -> other.codec().equals(way.codec())).toList()
                    .getLast().maker().get().getClass());
            assertThat(RowEncoders.plain(way.codec())).as(way.toString()).doesNotHaveSameClassAs(chosen);
        }
    }

    /** Encodes from the middle of larger arrays, to catch reads and writes outside of the row. */
    private void compare(Codec codec, RowEncoder fast, float[] row, Importance importance, String what) {
        int bytes = Math.toIntExact(codec.bytes(row.length));
        float[] numbers = new float[row.length + 13];
        Arrays.fill(numbers, 1e4f);
        System.arraycopy(row, 0, numbers, 5, row.length);
        byte[] expected = new byte[bytes + 9];
        MemorySegment target = random.nextBoolean() ? MemorySegment.ofArray(new byte[bytes + 9]) : Arena.ofAuto().allocate(bytes + 9);
        Arrays.fill(expected, GUARD);
        target.fill(GUARD);
        codec.encode(numbers, 5, row.length, importance, MemorySegment.ofArray(expected), 3);
        fast.encode(numbers, 5, row.length, importance, target, 3);
        int difference = Arrays.mismatch(expected, target.toArray(ValueLayout.JAVA_BYTE));
        assertThat(difference).as("%s, %s, seed %d: first different byte, at %d of block %d", codec.name(), what, seed, (difference - 3)
                % codec.blockBytes(), (difference - 3) / codec.blockBytes()).isEqualTo(-1);
    }

    private Importance importance(int count, float zeros) {
        float[] weights = new float[count];
        for (int i = 0; i < count; i++) {
            boolean zero = random.nextFloat() < zeros || (zeros > 0 && i / 64 % 5 == 0); // alone, and whole groups
            weights[i] = zero ? 0 : (float) Math.exp(2 * random.nextGaussian());
        }
        return Importance.ofColumns(weights);
    }

    private float[] row(int count, Kind kind) {
        float[] row = new float[count];
        float constant = (float) random.nextGaussian();
        for (int i = 0; i < count; i++) {
            float bell = (float) random.nextGaussian();
            float large = Math.scalb(bell, 30);
            row[i] = switch (kind) {
                case BELL -> 0.02f * bell;
                case WIDE_BELL -> 300 * bell;
                case HEAVY_TAILS -> bell * bell * bell * bell * bell;
                case MANY_SIZES -> Math.scalb(bell, random.nextInt(-20, 10));
                case CONSTANT -> Math.abs(constant);
                case NEGATIVE_CONSTANT -> -Math.abs(constant);
                case ZEROS -> 0;
                case NEGATIVE_ZEROS -> -0f;
                case ONE_HOT -> i % 256 == 77 ? bell : 0;
                case TIES -> Math.round(4 * bell) * 0.25f;
                case JUST_UNDER_TIES -> i % 32 == 0 ? 127 : Math.copySign(Math.nextDown(random.nextInt(3) + 0.5f), bell);
                case POSITIVE -> Math.abs(bell);
                case POSITIVE_AND_ZEROS -> bell > 0 ? bell : bell * 0f;
                case NEGATIVE -> -Math.abs(bell);
                case NEGATIVE_AND_ZEROS -> bell < 0 ? bell : random.nextBoolean() ? 0f : -0f;
                case NARROW_FAR_ABOVE -> 1000 + 0.001f * bell;
                case NARROW_FAR_BELOW -> -1000 - 0.001f * bell - i / 32;
                case TINY -> 1e-14f * bell;
                case SUBNORMAL -> Float.MIN_VALUE * random.nextInt(-100, 100);
                case HUGE -> Math.scalb(large, 60);
                case LARGEST -> Math.copySign(Float.MAX_VALUE, bell) / (1 + random.nextInt(3));
                case MOSTLY_ZERO -> random.nextInt(40) == 0 ? bell : bell * 0f; // of either sign
                case GROUPS_OF_MANY_SIZES -> Math.scalb(bell, i / 16 * 7 % 40 - 30);
                case ALMOST_NOTHING -> 4e-15f * bell * bell * bell;
                case ALTERNATING -> i % 2 == 0 ? constant : -0.75f * constant;
            };
        }
        return row;
    }
}
