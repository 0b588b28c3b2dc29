package dev.nibble.core.codec;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * GGUF's IQ3_XXS: the magnitudes of four numbers are one of 256 points, the signs of eight are 7 bits, and 32 numbers share a step. As the
 * signs depend on each other, two points and their signs are one code.
 *
 * <pre>
 *   byte 0..1     scale, F16
 *   byte 2..65    points of 64 vectors
 *   byte 66..97   for each 32 numbers, 4 bytes:
 *                   bits 0..27: 4 × 7 signs, the eighth of each makes the number of minuses even; bits 28..31: step
 *   number = scale × (½ + step) / 2 × coordinate × sign; a coordinate is 4, 12, 20, 28, 36, 44, 52 or 62
 * </pre>
 */
public enum IQ3_XXS implements LatticeCodec {
    IQ3_XXS;

    private static final int GROUP = 32;
    private static final int VECTOR = 4;
    public static final int POINTS_AT = 2;
    public static final int SIGNS_AT = POINTS_AT + 64;

    /** Tables, loaded on first use. */
    private static final class Tables {
        static final Grid GRID = Grid.load("iq3xxs");
        static final float[] COORDINATES = GRID.coordinates(4, 12, 20, 28, 36, 44, 52, 62);
    }

    private static final class Search {
        static final GridSearch GRID = new GridSearch(Tables.GRID, 2);
        static final LatticeFit.Rule RULE = new LatticeFit.Rule(GROUP, true, 1e-8f, LatticeFit.Start.LARGEST, 15, 0.2f,
                LatticeFit.Refit.MISSES, 1.0125f, 2, (number, meanSquare) -> number * number);
    }

    @Override
    public String purpose() {
        return "3.1 bits, with importance only";
    }

    @Override
    public int blockBytes() {
        return SIGNS_AT + 32;
    }

    @Override
    public double roundingError() {
        return 1.5; // a sign may be wrong; the worst block that a search found had 1.10
    }

    @Override
    public OptionalInt ggufType() {
        return OptionalInt.of(18);
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
            super(Tables.COORDINATES, VECTOR, GROUP, true);
        }

        @Override
        float step(int group) {
            return Float.float16ToFloat(scale) * (0.5f + steps[group]) * 0.5f;
        }

        @Override
        void read(MemorySegment source, long offset) {
            scale = HalfFloat.bits(source, offset);
            for (int v = 0; v < points.length; v++) {
                points[v] = (short) (source.get(JAVA_BYTE, offset + POINTS_AT + v) & 0xFF);
            }
            for (int group = 0; group < steps.length; group++) {
                steps[group] = readSigns(source, offset + SIGNS_AT + 4 * group, group);
            }
        }

        @Override
        public void write(MemorySegment target, long offset) {
            HalfFloat.write(target, offset, scale);
            for (int v = 0; v < points.length; v++) {
                target.set(JAVA_BYTE, offset + POINTS_AT + v, (byte) points[v]);
            }
            for (int group = 0; group < steps.length; group++) {
                writeSigns(target, offset + SIGNS_AT + 4 * group, group);
            }
        }
    }
}
