package dev.nibble.core.layout;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.layout.ForeignWeights.Foreign;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** QuIP#'s own program: codes of the padded E8 lattice, permuted and reshaped into words like PyTorch's tensors. */
final class LatticeWords {
    private static final String LARGE = "31113333 13113333 11313333 11133333 33313311 33313131 33311331 33313113 33311313 33311133 33133311 "
            + "33133131 33131331 33133113 33131313 33131133 31333311 31333131 31331331 31333113 31331313 13331133 13333311 13333131 13331331 "
            + "13333113 13331313 11331333 33113331";
    private static final double[][] PATTERNS = patterns();

    private LatticeWords() {}

    /** Half-odd magnitudes with squares adding up to at most 10, in lexicographic order; then the listed ones. */
    private static double[][] patterns() {
        List<double[]> patterns = new ArrayList<>();
        for (int count = 0; count < 6561; count++) {
            double[] pattern = new double[8];
            double squares = 0;
            for (int i = 0, rest = count; i < 8; i++, rest /= 3) {
                pattern[7 - i] = rest % 3 + 0.5;
                squares += pattern[7 - i] * pattern[7 - i];
            }
            if (squares <= 10) {
                patterns.add(pattern);
            }
        }
        for (String digits : LARGE.split(" ")) {
            patterns.add(digits.chars().mapToDouble(digit -> (digit - '0') / 2.0).toArray());
        }
        return patterns.toArray(double[][]::new);
    }

    /** The vector of a 16-bit code. */
    private static double[] point(int code) {
        double[] pattern = PATTERNS[code / 256];
        int signs = code % 256;
        boolean odd = Integer.bitCount(signs) % 2 == 1;
        if (odd) {
            signs ^= 1;
        }
        double sum = 0;
        for (double magnitude : pattern) {
            sum += magnitude;
        }
        int[] bitOfNumber = {0, 4, 1, 5, 2, 6, 3, 7};
        double[] point = new double[8];
        for (int i = 0; i < 8; i++) {
            boolean negative = (signs & 1 << bitOfNumber[i]) != 0 ^ (i == 7 && sum % 2 != 0);
            point[i] = (negative ? -pattern[i] : pattern[i]) + (odd ? -0.25 : 0.25);
        }
        return point;
    }

    /** The 256 points around 0: integral ones of square norm 0 and 2 and half-odd ones of 2, by coordinates; then ±2. */
    private static List<double[]> smallPoints() {
        List<double[]> points = new ArrayList<>();
        for (double start : new double[]{-1, -0.5}) {
            int choices = start == -1 ? 3 : 2;
            for (int count = 0; count < Math.pow(choices, 8); count++) {
                double[] point = new double[8];
                double squares = 0;
                double sum = 0;
                for (int i = 7, rest = count; i >= 0; i--, rest /= choices) {
                    point[i] = start + rest % choices;
                    squares += point[i] * point[i];
                    sum += point[i];
                }
                if (squares <= 2 && sum % 2 == 0) {
                    points.add(point);
                }
            }
        }
        for (int i = 0; i < 15; i++) {
            double[] point = new double[8];
            point[i % 8] = i < 8 ? 2 : -2;
            points.add(point);
        }
        return points;
    }

    /** [rows/2, 2, codes/2, 2], the middle dimensions swapped, two codes of two rows to a word; then [rows/16, 8, words, 4] likewise. */
    private static long[][] words(int[][] codes) {
        int pairs = codes.length / 2;
        int width = codes[0].length / 2;
        long[][] words = new long[pairs][width];
        for (int p = 0; p < pairs; p++) {
            for (int w = 0; w < width; w++) {
                int[] four = {codes[2 * p][2 * w], codes[2 * p + 1][2 * w], codes[2 * p][2 * w + 1], codes[2 * p + 1][2 * w + 1]};
                for (int i = 0; i < 4; i++) {
                    words[p][w] |= (long) (four[i] >> 8) << 8 * i;
                    for (int j = 0; j < 8; j++) {
                        words[p][w] |= (four[i] >> j & 1L) << 32 + 4 * j + i;
                    }
                }
            }
        }
        long[] flat = new long[pairs * width];
        int at = 0;
        for (int tile = 0; tile < pairs / 8; tile++) {
            for (int across = 0; across < width / 4; across++) {
                for (int p = 0; p < 8; p++) {
                    for (int w = 0; w < 4; w++) {
                        flat[at++] = words[tile * 8 + p][across * 4 + w];
                    }
                }
            }
        }
        long[][] rows = new long[codes.length][width / 2];
        for (int i = 0; i < flat.length; i++) {
            rows[i / (width / 2)][i % (width / 2)] = flat[i];
        }
        return rows;
    }

    /** @param bits 2, 3 or 4 */
    static Foreign draw(int rows, int columns, int bits, Random random) {
        int perRow = columns / 8;
        List<double[]> small = smallPoints();
        int[][] first = new int[rows][perRow];
        int[][] second = new int[rows][perRow];
        double[][] inner = new double[rows][columns];
        for (int n = 0; n < rows; n++) {
            for (int i = 0; i < perRow; i++) {
                first[n][i] = random.nextInt(1 << 16);
                second[n][i] = random.nextInt(bits == 3 ? 256 : 1 << 16);
                double[] left = bits == 3 ? small.get(second[n][i]) : point(second[n][i]);
                double scale = bits == 3 ? 2.04 : 3.45;
                for (int k = 0; k < 8; k++) {
                    inner[n][8 * i + k] = point(first[n][i])[k] + (bits == 2 ? 0 : left[k] / scale);
                }
            }
        }
        long[][] words = words(first);
        long[][] more = switch (bits) {
            case 2 -> new long[rows][0];
            case 4 -> words(second);
            default -> eight(second);
        };
        int width = words[0].length + more[0].length;
        MemorySegment data = Arena.ofAuto().allocate(8L * rows * width);
        for (int n = 0; n < rows; n++) {
            for (int w = 0; w < width; w++) {
                long word = w < words[n].length ? words[n][w] : more[n][w - words[n].length];
                data.set(ValueLayout.JAVA_LONG_UNALIGNED, 8L * (n * width + w), word);
            }
        }
        MemorySegment id = Arena.ofAuto().allocate(8);
        id.set(ValueLayout.JAVA_LONG, 0, bits == 2 ? 7 : bits == 4 ? 17 : 18);
        short[] su = factors(columns, random);
        short[] sv = factors(rows, random);
        Map<String, Tensor> parts = ForeignWeights.parts(".Qidxs", new Tensor(Plain.I64, Shape.of(rows, width), data), ".SU",
                ForeignWeights.shorts(Plain.F16, su, columns), ".SV", ForeignWeights.shorts(Plain.F16, sv, rows), ".Wscale",
                ForeignWeights.words(new int[]{Float.floatToIntBits(0.5f)}), ".codebook_id", new Tensor(Plain.I64, Shape.of(), id));
        parts.put(".Wscale", new Tensor(Plain.F32, Shape.of(), parts.get(".Wscale").data()));
        return new Foreign(parts, numbers(inner, su, sv));
    }

    private static long[][] eight(int[][] codes) {
        long[][] words = new long[codes.length][codes[0].length / 8];
        for (int n = 0; n < codes.length; n++) {
            for (int i = 0; i < codes[n].length; i++) {
                words[n][i / 8] += (long) codes[n][i] << 8 * (i % 8);
            }
        }
        return words;
    }

    private static short[] factors(int count, Random random) {
        short[] factors = new short[count];
        for (int i = 0; i < count; i++) {
            factors[i] = ForeignWeights.half((random.nextBoolean() ? 1 : -1) * (0.2 + random.nextDouble() / 10));
        }
        return factors;
    }

    /** diag(SV / 2) H inner Hᵀ diag(SU), by the definition of H. */
    private static float[][] numbers(double[][] inner, short[] su, short[] sv) {
        int rows = sv.length;
        int columns = su.length;
        double[][] outward = PaleyMatrices.hadamard(rows);
        double[][] inward = PaleyMatrices.hadamard(columns);
        double[][] left = new double[rows][columns];
        for (int n = 0; n < rows; n++) {
            for (int m = 0; m < rows; m++) {
                for (int k = 0; k < columns; k++) {
                    left[n][k] += outward[n][m] * inner[m][k];
                }
            }
        }
        float[][] numbers = new float[rows][columns];
        for (int n = 0; n < rows; n++) {
            for (int k = 0; k < columns; k++) {
                double sum = 0;
                for (int j = 0; j < columns; j++) {
                    sum += left[n][j] * inward[k][j];
                }
                numbers[n][k] = (float) (sum * 0.5 * Float.float16ToFloat(sv[n]) * Float.float16ToFloat(su[k]));
            }
        }
        return numbers;
    }

    /** Number of distinct points. */
    static int differentPoints() {
        Set<List<Double>> points = new HashSet<>();
        for (int code = 0; code < 1 << 16; code++) {
            points.add(Arrays.stream(point(code)).boxed().toList());
        }
        return points.size();
    }
}
