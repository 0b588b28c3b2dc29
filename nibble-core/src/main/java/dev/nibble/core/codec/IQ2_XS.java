package dev.nibble.core.codec;

import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * GGUF's IQ2_XS: the magnitudes of eight numbers are one of 512 points, their signs 7 bits, and 16 numbers share a step.
 *
 * <pre>
 *   byte 0..1     scale, F16
 *   byte 2..65    for each 8 numbers, 2 bytes: bits 0..8: point; bits 9..15: 7 signs, the eighth makes the number of minuses even
 *   byte 66..73   steps, 4 bits each: the lower half is that of the first 16 of 32 numbers
 *   number = scale × (½ + step) / 4 × coordinate × sign; a coordinate is 8, 25 or 43
 * </pre>
 */
public enum IQ2_XS implements LatticeCodec {
    IQ2_XS;

    private static final int GROUP = 16;
    public static final int POINTS_AT = 2;
    public static final int STEPS_AT = POINTS_AT + 64;

    /** Tables, loaded on first use. */
    private static final class Tables {
        static final Grid GRID = Grid.load("iq2xs");
        static final float[] COORDINATES = GRID.coordinates(8, 25, 43);
    }

    private static final class Search {
        static final GridSearch GRID = new GridSearch(Tables.GRID, 2);
        static final LatticeFit.Rule RULE = new LatticeFit.Rule(GROUP, true, BlockScaleSearch.ALL_ZERO, LatticeFit.Start.LARGEST, 9, 0.1f,
                LatticeFit.Refit.MISSES, 1, 1, (number, meanSquare) -> LatticeFit.squareRoot(meanSquare + number * number));
    }

    @Override
    public String purpose() {
        return "2.3 bits, with importance only";
    }

    @Override
    public int blockBytes() {
        return 74;
    }

    @Override
    public double roundingError() {
        return 1.75; // a sign may be wrong; the worst block that a search found had 1.23
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(17);
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
            super(Tables.COORDINATES, 8, GROUP, true);
        }

        @Override
        float step(int group) {
            return Float.float16ToFloat(scale) * (0.5f + steps[group]) * 0.25f;
        }

        @Override
        void read(MemorySegment source, long offset) {
            scale = HalfFloat.bits(source, offset);
            for (int v = 0; v < points.length; v++) {
                int bits = HalfFloat.bits(source, offset + POINTS_AT + 2 * v);
                points[v] = (short) (bits & 0x1FF);
                signs[v] = completed((bits >> 9) & 0x7F);
            }
            readSteps(source, offset + STEPS_AT);
        }

        @Override
        public void write(MemorySegment target, long offset) {
            HalfFloat.write(target, offset, scale);
            for (int v = 0; v < points.length; v++) {
                HalfFloat.write(target, offset + POINTS_AT + 2 * v, (short) (points[v] | (signs[v] << 9)));
            }
            writeSteps(target, offset + STEPS_AT);
        }
    }
}
