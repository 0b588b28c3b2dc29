package dev.nibble.core.linalg;

import java.util.Arrays;

/**
 * The grid that makes sums of outer products exact: a power of two {@code u_i} for every column, and sums of {@code x_i · x_j} over a batch
 * are rounded to multiples of {@code u_i · u_j · 2⁻³²}. As long as {@code Σ x_i²} is at most {@code u_i² · 2¹⁹} in every column, which bounds
 * all other sums (Cauchy-Schwarz), any number of them is added without rounding: the total is the same in any order and any parts.
 *
 * <p>
 * The rounding moves a sum by at most {@code 2⁻³³ · u_i · u_j} a batch, far less than the float sum of the batch itself is off.
 */
public final class SumGrid {
    private static final double ROUNDING = 0x1.8p20; // the last bit of a double of this size is 2^-32
    private static final double MAX_ENERGY = 0x1p19;
    private static final double LARGEST_TOTAL = 0x1p18; // in squares of units, on a grid made for a known total
    private static final int MAX_EXPONENT = 126; // so that u and 1/u are floats

    private final float[] units; // u_i, powers of two
    private final float[] inverses;

    private SumGrid(float[] units) {
        this.units = units;
        this.inverses = new float[units.length];
        for (int i = 0; i < units.length; i++) {
            inverses[i] = 1 / units[i];
        }
    }

    /**
     * A grid for inputs like these: they may become 2¹⁷ times as many of the same size.
     *
     * @param energies {@code Σ x_i²} of every column of the first inputs, not all 0; columns of 0 are taken for average ones
     */
    public static SumGrid of(double[] energies) {
        double sum = 0;
        int live = 0;
        for (double energy : energies) {
            sum += energy;
            live += energy > 0 ? 1 : 0;
        }
        float[] units = new float[energies.length];
        for (int i = 0; i < units.length; i++) {
            units[i] = unit(energies[i] > 0 ? energies[i] : sum / Math.max(live, 1));
        }
        return new SumGrid(units);
    }

    /** The least power of two whose square is above an energy. */
    private static float unit(double energy) {
        return Math.scalb(1f, Math.clamp(Math.floorDiv(Math.getExponent(energy), 2) + 1, -MAX_EXPONENT, MAX_EXPONENT));
    }

    /** Whether the sums of these energies are exact. */
    public boolean holds(double[] energies) {
        for (int i = 0; i < units.length; i++) {
            if (!holds(i, energies[i])) {
                return false;
            }
        }
        return true;
    }

    private boolean holds(int column, double energy) {
        return energy <= MAX_ENERGY * units[column] * units[column];
    }

    /** The grid with larger units where this one does not hold the energies, which are those of all inputs to come. */
    public SumGrid widened(double[] energies) {
        float[] wider = units.clone();
        for (int i = 0; i < wider.length; i++) {
            if (!holds(i, energies[i])) {
                wider[i] = unit(energies[i] / LARGEST_TOTAL);
            }
        }
        return new SumGrid(wider);
    }

    /** Rows of inputs in units: {@code x_i / u_i}. */
    void scale(float[] x, int from, int rows, float[] scaled) {
        int columns = units.length;
        for (int row = 0; row < rows; row++) {
            scale(x, from + row * columns, scaled, row * columns, inverses);
        }
    }

    private static void scale(float[] x, int from, float[] scaled, int to, float[] factors) {
        for (int i = 0; i < factors.length; i++) {
            scaled[to + i] = x[from + i] * factors[i];
        }
    }

    /**
     * Adds sums over a batch of scaled inputs.
     *
     * @param sums   of column {@code row} with {@code count} columns from {@code column} on
     * @param target of column {@code row} with those from {@code row} on
     */
    void add(float[] sums, int from, int row, int column, int count, double[] target) {
        add(sums, from, units[row], units, column, count, target, column - row);
    }

    private static void add(float[] sums, int from, double own, float[] units, int column, int count, double[] target, int at) {
        for (int j = 0; j < count; j++) {
            target[at + j] += (sums[from + j] + ROUNDING - ROUNDING) * (own * units[column + j]);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SumGrid grid && Arrays.equals(units, grid.units);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(units);
    }
}
