package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * GGUF's IQ3_S: the magnitudes of four numbers are one of 512 points, each has its own sign, and 32 numbers share a step.
 *
 * <pre>
 *   byte 0..1      scale, F16
 *   byte 2..65     points of 64 vectors, low 8 bits
 *   byte 66..73    high bit of the points, eight to a byte, lowest first
 *   byte 74..105   signs
 *   byte 106..109  steps, 4 bits each, lower half first
 *   number = scale × (1 + 2 × step) × coordinate × sign; a coordinate is 1, 3, 5 … 15
 * </pre>
 *
 * <p>
 * The bytes are ggml's but for one case. After 32 numbers that are all zero, ggml's quantizer puts the points and signs of the following
 * groups of the block 32 numbers too early, so they decode to other values. Here every group keeps its place.
 */
public enum IQ3_S implements LatticeCodec {
    IQ3_S;

    private static final int GROUP = 32;
    private static final int VECTOR = 4;
    public static final int POINTS_AT = 2;
    public static final int HIGH_BITS_AT = POINTS_AT + 64;
    public static final int SIGNS_AT = HIGH_BITS_AT + 8;
    public static final int STEPS_AT = SIGNS_AT + 32;

    /** Tables, loaded on first use. */
    private static final class Tables {
        static final Grid GRID = Grid.load("iq3s");
        static final float[] COORDINATES = GRID.coordinates(1, 3, 5, 7, 9, 11, 13, 15);
    }

    private static final class Search {
        static final GridSearch GRID = new GridSearch(Tables.GRID, 3);
        static final LatticeFit.Rule RULE = new LatticeFit.Rule(GROUP, false, Float.MIN_VALUE, LatticeFit.Start.LARGEST, 9, 0.2f,
                LatticeFit.Refit.ALL_IF_ONE_MISSES, 1.033f, 2, (number, meanSquare) -> number * number);
    }

    @Override
    public String purpose() {
        return "3.4 bits, better than Q3_K at the same size, slower to run";
    }

    @Override
    public int blockBytes() {
        return STEPS_AT + 4;
    }

    @Override
    public double roundingError() {
        return 0.75; // the worst block that a search found had 0.49
    }

    @Override
    public boolean needsImportance() {
        return false;
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(21);
    }

    @Override
    public float[] coordinates() {
        return Tables.COORDINATES;
    }

    @Override
    public int vector() {
        return VECTOR;
    }

    @Override
    public Opened open() {
        return new Open();
    }

    @Override
    public Fitter fitter(Function<GridSearch, GridSearch.Nearest> nearest) {
        return new LatticeFit(Search.RULE, Search.GRID, nearest.apply(Search.GRID), Open::new);
    }

    private static final class Open extends LatticeBlock {
        Open() {
            super(Tables.COORDINATES, VECTOR, GROUP, false);
        }

        @Override
        float step(int group) {
            return Float.float16ToFloat(scale) * (1 + 2 * steps[group]);
        }

        @Override
        void read(MemorySegment source, long offset) {
            scale = HalfFloat.bits(source, offset);
            for (int v = 0; v < points.length; v++) {
                int low = source.get(JAVA_BYTE, offset + POINTS_AT + v) & 0xFF;
                int high = source.get(JAVA_BYTE, offset + HIGH_BITS_AT + v / 8) >> (v % 8);
                points[v] = (short) (((high & 1) << 8) | low);
            }
            MemorySegment.copy(source, JAVA_BYTE, offset + SIGNS_AT, signs, 0, signs.length);
            readSteps(source, offset + STEPS_AT);
        }

        @Override
        public void write(MemorySegment target, long offset) {
            HalfFloat.write(target, offset, scale);
            for (int v = 0; v < points.length; v += 8) {
                int high = 0;
                for (int i = 0; i < 8; i++) {
                    target.set(JAVA_BYTE, offset + POINTS_AT + v + i, (byte) points[v + i]);
                    high |= (points[v + i] >> 8) << i;
                }
                target.set(JAVA_BYTE, offset + HIGH_BITS_AT + v / 8, (byte) high);
            }
            MemorySegment.copy(signs, 0, target, JAVA_BYTE, offset + SIGNS_AT, signs.length);
            writeSteps(target, offset + STEPS_AT);
        }
    }
}
