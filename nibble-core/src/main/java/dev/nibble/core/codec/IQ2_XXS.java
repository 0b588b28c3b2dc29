package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * GGUF's IQ2_XXS: the magnitudes of eight numbers are one of 256 points, their signs 7 bits, and 32 numbers share a step.
 *
 * <pre>
 *   byte 0..1     scale, F16
 *   byte 2..65    for each 32 numbers:
 *                   byte 0..3   points of its four vectors
 *                   byte 4..7   bits 0..27: 4 × 7 signs, the eighth of each makes the number of minuses even; bits 28..31: step
 *   number = scale × (½ + step) / 4 × coordinate × sign; a coordinate is 8, 25 or 43
 * </pre>
 */
public enum IQ2_XXS implements LatticeCodec {
    IQ2_XXS;

    private static final int GROUP = 32;
    public static final int POINTS_AT = 2;
    public static final int SIGNS_AT = POINTS_AT + 4;

    /** Tables, loaded on first use. */
    private static final class Tables {
        static final Grid GRID = Grid.load("iq2xxs");
        static final float[] COORDINATES = GRID.coordinates(8, 25, 43);
    }

    private static final class Search {
        static final GridSearch GRID = new GridSearch(Tables.GRID, 2);
        static final LatticeFit.Rule RULE = new LatticeFit.Rule(GROUP, true, BlockScaleSearch.ALL_ZERO, LatticeFit.Start.SCALE_SEARCH, 6,
                0.1f,
                LatticeFit.Refit.ALL, 1, 1, (number, meanSquare) -> LatticeFit.squareRoot(meanSquare + number * number));
    }

    @Override
    public String purpose() {
        return "2.1 bits, with importance only";
    }

    @Override
    public int blockBytes() {
        return 66;
    }

    @Override
    public double roundingError() {
        return 1.75; // a sign may be wrong; the worst block that a search found had 1.30
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(16);
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
            for (int group = 0; group < steps.length; group++) {
                long at = offset + 8 * group;
                for (int v = 0; v < 4; v++) {
                    points[4 * group + v] = (short) (source.get(JAVA_BYTE, at + POINTS_AT + v) & 0xFF);
                }
                steps[group] = readSigns(source, at + SIGNS_AT, group);
            }
        }

        @Override
        public void write(MemorySegment target, long offset) {
            HalfFloat.write(target, offset, scale);
            for (int group = 0; group < steps.length; group++) {
                long at = offset + 8 * group;
                for (int v = 0; v < 4; v++) {
                    target.set(JAVA_BYTE, at + POINTS_AT + v, (byte) points[4 * group + v]);
                }
                writeSigns(target, at + SIGNS_AT, group);
            }
        }
    }
}
