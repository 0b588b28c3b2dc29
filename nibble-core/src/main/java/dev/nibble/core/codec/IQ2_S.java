package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * GGUF's IQ2_S: the magnitudes of eight numbers are one of 1024 points, each has its own sign, and 16 numbers share a step.
 *
 * <pre>
 *   byte 0..1     scale, F16
 *   byte 2..33    points of 32 vectors, low 8 bits
 *   byte 34..65   signs
 *   byte 66..73   high 2 bits of the points, four to a byte, lowest first
 *   byte 74..81   steps, 4 bits each: the lower half is that of the first 16 of 32 numbers
 *   number = scale × (½ + step) / 4 × coordinate × sign; a coordinate is 8, 25 or 43
 * </pre>
 */
public enum IQ2_S implements LatticeCodec {
    IQ2_S;

    private static final int GROUP = 16;
    public static final int POINTS_AT = 2;
    public static final int SIGNS_AT = POINTS_AT + 32;
    public static final int HIGH_BITS_AT = SIGNS_AT + 32;
    public static final int STEPS_AT = HIGH_BITS_AT + 8;

    /** Tables, loaded on first use. */
    private static final class Tables {
        static final Grid GRID = Grid.load("iq2s");
        static final float[] COORDINATES = GRID.coordinates(8, 25, 43);
    }

    private static final class Search {
        static final GridSearch GRID = new GridSearch(Tables.GRID, 1);
        static final LatticeFit.Rule RULE = new LatticeFit.Rule(GROUP, false, 1e-8f, LatticeFit.Start.LARGEST, 9, 0.1f,
                LatticeFit.Refit.MISSES, 0.9875f, 2, (number, meanSquare) -> 0.25f * meanSquare + number * number);
    }

    @Override
    public String purpose() {
        return "2.6 bits, with importance only";
    }

    @Override
    public int blockBytes() {
        return STEPS_AT + 8;
    }

    @Override
    public double roundingError() {
        return 1; // the worst block that a search found had 0.73
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(22);
    }

    @Override
    public float[] coordinates() {
        return Tables.COORDINATES;
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
            super(Tables.COORDINATES, 8, GROUP, false);
        }

        @Override
        float step(int group) {
            return Float.float16ToFloat(scale) * (0.5f + steps[group]) * 0.25f;
        }

        @Override
        void read(MemorySegment source, long offset) {
            scale = HalfFloat.bits(source, offset);
            for (int v = 0; v < points.length; v++) {
                int low = source.get(JAVA_BYTE, offset + POINTS_AT + v) & 0xFF;
                int high = source.get(JAVA_BYTE, offset + HIGH_BITS_AT + v / 4) >> (2 * (v % 4));
                points[v] = (short) (((high & 3) << 8) | low);
            }
            MemorySegment.copy(source, JAVA_BYTE, offset + SIGNS_AT, signs, 0, signs.length);
            readSteps(source, offset + STEPS_AT);
        }

        @Override
        public void write(MemorySegment target, long offset) {
            HalfFloat.write(target, offset, scale);
            for (int v = 0; v < points.length; v += 4) {
                int high = 0;
                for (int i = 0; i < 4; i++) {
                    target.set(JAVA_BYTE, offset + POINTS_AT + v + i, (byte) points[v + i]);
                    high |= (points[v + i] >> 8) << (2 * i);
                }
                target.set(JAVA_BYTE, offset + HIGH_BITS_AT + v / 4, (byte) high);
            }
            MemorySegment.copy(signs, 0, target, JAVA_BYTE, offset + SIGNS_AT, signs.length);
            writeSteps(target, offset + STEPS_AT);
        }
    }
}
