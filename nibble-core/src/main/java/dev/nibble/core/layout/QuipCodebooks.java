package dev.nibble.core.layout;

import dev.nibble.core.codec.ScaleFormat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The codebooks of QuIP#'s own program. Tseng et al. 2024, "QuIP#", section 4.2 and appendix C.
 *
 * <pre>
 *   E8P   16 bits: a pattern of magnitudes (high byte) and signs (low byte)
 *         patterns  the 227 half-odd vectors of square norm up to 10, in lexicographic order; then 29 of norm 12
 *         signs     of elements 0, 2, 4, 6, 1, 3, 5, 7, from the lowest bit up; if their count is odd, the first is flipped and 1/4
 *                   subtracted, else 1/4 added; element 7 is also flipped where the pattern's sum is odd
 *   E81B  8 bits: the points of E8 of square norm up to 2, integral ones first, in lexicographic order; then 15 of ±2
 * </pre>
 */
final class QuipCodebooks {
    /** Divisor of the residual in the second code, unless a file overrides it. */
    static final float SCALE_OF_FOUR = 3.45f;
    static final float SCALE_OF_THREE = 2.04f;

    private static final int DIMENSION = 8;
    private static final int PATTERNS = 256;
    private static final int CODES = 1 << 16;
    private static final int[] SIGN_OF = {0, 4, 1, 5, 2, 6, 3, 7};
    /** The patterns of norm 12: the elements that are 3/2, the others being 1/2; element 0 in the highest bit. */
    private static final int[] LARGE = {0x8F, 0x4F, 0x2F, 0x1F, 0xEC, 0xEA, 0xE6, 0xE9, 0xE5, 0xE3, 0xDC, 0xDA, 0xD6, 0xD9, 0xD5, 0xD3,
        0xBC, 0xBA, 0xB6, 0xB9, 0xB5, 0x73, 0x7C, 0x7A, 0x76, 0x79, 0x75, 0x37, 0xCE};

    private static final float[] E8P = e8p();
    private static final float[] E81B = e81b();

    private QuipCodebooks() {}

    /** Codebooks with the default residual scale, made once. */
    private static final class Defaults {
        static final MemorySegment ONCE = segment(ScaleFormat.F16, E8P);
        static final MemorySegment TWICE = segment(ScaleFormat.F32, E8P, divided(E8P, SCALE_OF_FOUR));
        static final MemorySegment WITH_ONE_BIT = segment(ScaleFormat.F32, E8P, divided(E81B, SCALE_OF_THREE));
    }

    /** All vectors of E8P, as F16. */
    static MemorySegment e8pVectors() {
        return Defaults.ONCE;
    }

    /** E8P plus E8P divided by the residual scale; as F32. */
    static MemorySegment twice(float residualScale) {
        return residualScale == SCALE_OF_FOUR ? Defaults.TWICE : segment(ScaleFormat.F32, E8P, divided(E8P, residualScale));
    }

    /** E8P plus E81B divided by the residual scale; as F32. There are as many codes of the second as of the first, most of them unused. */
    static MemorySegment withOneBit(float residualScale) {
        return residualScale == SCALE_OF_THREE ? Defaults.WITH_ONE_BIT : segment(ScaleFormat.F32, E8P, divided(E81B, residualScale));
    }

    private static float[] divided(float[] vectors, float scale) {
        float[] quotients = new float[vectors.length];
        for (int i = 0; i < vectors.length; i++) {
            quotients[i] = vectors[i] / scale;
        }
        return quotients;
    }

    private static MemorySegment segment(ScaleFormat format, float[]... books) {
        long perBook = (long) CODES * DIMENSION * format.bytes();
        MemorySegment data = Arena.ofAuto().allocate(books.length * perBook, Long.BYTES);
        for (int book = 0; book < books.length; book++) {
            for (int i = 0; i < books[book].length; i++) {
                format.write(data, book * perBook + (long) i * format.bytes(), books[book][i]);
            }
        }
        return data;
    }

    private static float[] e8p() {
        List<int[]> patterns = new ArrayList<>();
        extend(new int[DIMENSION], 0, new int[]{1, 3, 5}, 40, patterns);
        for (int mask : LARGE) {
            int[] pattern = new int[DIMENSION];
            for (int i = 0; i < DIMENSION; i++) {
                pattern[i] = (mask >>> DIMENSION - 1 - i & 1) == 0 ? 1 : 3;
            }
            patterns.add(pattern);
        }
        float[] vectors = new float[CODES * DIMENSION];
        for (int code = 0; code < CODES; code++) {
            int[] pattern = patterns.get(code / PATTERNS);
            int sum = 0;
            for (int digit : pattern) {
                sum += digit;
            }
            int parity = Integer.bitCount(code % PATTERNS) % 2;
            int signs = code % PATTERNS ^ parity ^ (sum / 2 % 2 == 0 ? 0 : 1 << DIMENSION - 1);
            for (int i = 0; i < DIMENSION; i++) {
                float magnitude = pattern[i] / 2f;
                vectors[code * DIMENSION + i] = ((signs >>> SIGN_OF[i] & 1) == 0 ? magnitude : -magnitude) + (parity == 0 ? 0.25f : -0.25f);
            }
        }
        return vectors;
    }

    private static float[] e81b() {
        List<int[]> points = new ArrayList<>();
        for (int[] digits : new int[][]{{-2, 0, 2}, {-1, 1}}) {
            List<int[]> all = new ArrayList<>();
            extend(new int[DIMENSION], 0, digits, 8, all);
            all.stream().filter(QuipCodebooks::evenSum).forEach(points::add);
        }
        for (int i = 0; points.size() < PATTERNS; i++) {
            int[] point = new int[DIMENSION];
            point[i % DIMENSION] = i < DIMENSION ? 4 : -4;
            points.add(point);
        }
        float[] vectors = new float[PATTERNS * DIMENSION];
        for (int i = 0; i < vectors.length; i++) {
            vectors[i] = points.get(i / DIMENSION)[i % DIMENSION] / 2f;
        }
        return vectors;
    }

    private static boolean evenSum(int[] halves) {
        int sum = 0;
        for (int digit : halves) {
            sum += digit;
        }
        return sum / 2 % 2 == 0;
    }

    /** Appends all vectors of these digits, in halves, up to four times the square norm, in lexicographic order. */
    private static void extend(int[] point, int place, int[] digits, int norm, List<int[]> found) {
        int sum = 0;
        for (int i = 0; i < place; i++) {
            sum += point[i] * point[i];
        }
        if (sum > norm) {
            return;
        }
        if (place == DIMENSION) {
            found.add(point.clone());
            return;
        }
        for (int digit : digits) {
            point[place] = digit;
            extend(point, place + 1, digits, norm, found);
        }
    }
}
