package dev.nibble.core.codec;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The codebook of {@link E8P}: 256 patterns of eight magnitudes 1/2, 3/2, 5/2, signs whose number is fixed by the pattern's sum, and a
 * shift.
 *
 * <p>
 * Points of D8 + 1/2 (half-odd coordinates with an even sum) shifted by ±1/4 lie in E8 + 1/4. There are 227 patterns of square norm up to
 * 10; 29 of norm 12 fill the byte: the lexicographically first of those with five 3/2. Order: by norm, then lexicographic. The paper leaves
 * the choice of the 29 and the order open, so codes of other programs differ.
 */
final class E8PCodebook {
    static final int COUNT = 256;
    private static final int DIMENSION = 8;
    private static final int LARGEST = 5; // in halves
    private static final float SHIFT = 0.25f;
    private static final int SHIFT_BIT = 15;
    private static final int SIGNS_AT = 8;

    /** Magnitudes by pattern, then by position. */
    private static final float[] MAGNITUDES = new float[COUNT * DIMENSION];
    /** Magnitudes by position, then by pattern, so that loops over patterns are vectorized. */
    private static final float[] BY_PLACE = new float[COUNT * DIMENSION];
    private static final float[] NORMS = new float[COUNT];
    /** Whether a pattern needs an odd number of negative signs for an even sum. */
    private static final boolean[] ODD = new boolean[COUNT];

    static {
        List<int[]> patterns = patterns();
        for (int p = 0; p < COUNT; p++) {
            int sum = 0;
            for (int i = 0; i < DIMENSION; i++) {
                int halves = patterns.get(p)[i];
                MAGNITUDES[p * DIMENSION + i] = halves / 2f;
                BY_PLACE[i * COUNT + p] = halves / 2f;
                NORMS[p] += halves * halves / 4f;
                sum += halves;
            }
            ODD[p] = sum / 2 % 2 != 0;
        }
    }

    private E8PCodebook() {}

    private static List<int[]> patterns() {
        List<int[]> found = new ArrayList<>();
        extend(new int[DIMENSION], 0, found);
        found.sort(Comparator.<int[]>comparingInt(E8PCodebook::norm)); // stable: by digits within a norm
        return found;
    }

    /** Lists the patterns in lexicographic order, in halves, up to the norm of 48 quarters; those of norm 12 with a 5/2 are left out. */
    private static void extend(int[] digits, int place, List<int[]> found) {
        int norm = norm(digits);
        if (norm > 48) {
            return;
        }
        if (place == DIMENSION) {
            boolean large = false;
            for (int digit : digits) {
                large |= digit == LARGEST;
            }
            if (norm < 48 || !large) {
                found.add(digits.clone());
            }
            return;
        }
        for (int digit = 1; digit <= LARGEST; digit += 2) {
            digits[place] = digit;
            extend(digits, place + 1, found);
        }
        digits[place] = 0;
    }

    /** Four times the square norm. */
    private static int norm(int[] digits) {
        int sum = 0;
        for (int digit : digits) {
            sum += digit * digit;
        }
        return sum;
    }

    static void decode(short code, float scale, float[] target, int from) {
        int pattern = code & (COUNT - 1);
        float shift = (code >>> SHIFT_BIT & 1) == 0 ? SHIFT : -SHIFT;
        boolean odd = ODD[pattern];
        for (int i = 0; i < DIMENSION; i++) {
            boolean negative = i < DIMENSION - 1 ? (code >>> SIGNS_AT + i & 1) != 0 : odd;
            odd ^= negative;
            float magnitude = MAGNITUDES[pattern * DIMENSION + i];
            target[from + i] = ((negative ? -magnitude : magnitude) + shift) * scale;
        }
    }

    /** Search for nearest points; not thread-safe. */
    static final class Search {
        private final float[] shifted = new float[DIMENSION];
        private final float[] products = new float[COUNT];
        private final float[] smallest = new float[COUNT];
        private int pattern;

        /** The code of the point nearest to eight numbers times {@code inverse}; the first of equally near ones. */
        short nearest(float[] numbers, int from, float inverse) {
            float up = distance(numbers, from, inverse, SHIFT);
            short code = code(0);
            float down = distance(numbers, from, inverse, -SHIFT);
            return down < up ? code(1) : code;
        }

        /** Square distance to the nearest point of one shift, whose pattern is remembered. */
        private float distance(float[] numbers, int from, float inverse, float shift) {
            float norm = 0;
            boolean odd = false;
            for (int i = 0; i < DIMENSION; i++) {
                shifted[i] = numbers[from + i] * inverse - shift;
                norm += shifted[i] * shifted[i];
                odd ^= shifted[i] < 0;
            }
            products(odd);
            float best = Float.POSITIVE_INFINITY;
            pattern = 0;
            for (int p = 0; p < COUNT; p++) {
                if (products[p] < best) {
                    best = products[p];
                    pattern = p;
                }
            }
            return norm + best;
        }

        /** Computes for every pattern its norm less twice its product with the magnitudes; where one sign must be wrong, the cheapest one. */
        private void products(boolean odd) {
            for (int p = 0; p < COUNT; p++) {
                products[p] = NORMS[p];
                smallest[p] = Float.MAX_VALUE;
            }
            for (int i = 0; i < DIMENSION; i++) {
                float magnitude = Math.abs(shifted[i]);
                for (int p = 0; p < COUNT; p++) {
                    float product = BY_PLACE[i * COUNT + p] * magnitude;
                    products[p] -= 2 * product;
                    smallest[p] = Math.min(smallest[p], product);
                }
            }
            for (int p = 0; p < COUNT; p++) {
                products[p] += ODD[p] == odd ? 0 : 4 * smallest[p];
            }
        }

        private short code(int shiftBit) {
            int signs = 0;
            boolean odd = ODD[pattern];
            int cheapest = 0;
            for (int i = 0; i < DIMENSION; i++) {
                if (shifted[i] < 0) {
                    signs |= 1 << i;
                    odd ^= true;
                }
                if (product(i) < product(cheapest)) {
                    cheapest = i;
                }
            }
            if (odd) {
                signs ^= 1 << cheapest;
            }
            return (short) (pattern | (signs & 0x7F) << SIGNS_AT | shiftBit << SHIFT_BIT);
        }

        private float product(int i) {
            return MAGNITUDES[pattern * DIMENSION + i] * Math.abs(shifted[i]);
        }
    }
}
