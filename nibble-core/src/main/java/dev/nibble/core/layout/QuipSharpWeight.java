package dev.nibble.core.layout;

import static dev.nibble.core.tensor.LittleEndian.LONG;

import dev.nibble.core.codec.AdditiveCodes;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.linalg.HadamardMatrix;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import dev.nibble.text.json.Json;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/**
 * A weight written by QuIP#'s own program, with the codes of {@link QuipCodebooks}.
 *
 * <pre>
 *   Qidxs   I64 [out, words]   codebook_id 7, 2 bits: E8P; 17, 4 bits: E8P and E8P of the residual; 18, 3 bits: E8P and E81B
 *           E8P    in / 32 words: 32 words for 16 outputs × 64 inputs, one for 2 outputs × 16 inputs. The low half holds patterns, a byte
 *                  each; bit 4 j + q of the high half is sign j of code q, where q is the output, plus 2 for the later 8 inputs
 *           E81B   in / 64 words of eight codes, the first lowest
 *           the second part follows the first in every row
 *   SU, SV  F16 [in], [out];  Wscale F32 [];  scaleWH F32 [in], if rescale_WH is set: SU is divided by it
 *   y = diag(SV × Wscale) H · (first + second / scale) · Hᵀ diag(SU) · x
 * </pre>
 *
 * H of order K · 2ᵐ is the Kronecker product of the {@link HadamardMatrix} of order K and Sylvester's of order 2ᵐ. Layers may be fused:
 * {@link FusedLayers}.
 */
final class QuipSharpWeight implements StoredWeight {
    private static final int TWO_BITS = 7;
    private static final int FOUR_BITS = 17;
    private static final int THREE_BITS = 18;
    private static final int MAX_VERSIONS = 1 << 16;
    private static final float LARGEST_SCALE = 1 << 20; // of the residual; its reciprocal is the smallest
    private static final int DIMENSION = AdditiveCodes.DIMENSION;
    private static final int TALL = 16; // outputs of a tile
    private static final int WIDE = 64; // inputs
    private static final int WORDS = 32;

    private final Tensor codes;
    private final int rows;
    private final int columns;
    private final int kind;
    private final AdditiveCodes codec;
    private final List<Transform> inward;
    private final List<Transform> outward;
    private final FusedLayers fused;

    private QuipSharpWeight(ComponentTensors parts, QuantizationConfig config, int kind) {
        this.kind = kind;
        this.codes = parts.matrix("Qidxs", Plain.I64);
        this.rows = Math.toIntExact(codes.rows());
        this.columns = Math.toIntExact(Math.min(parts.tensor("SU", Plain.F16).shape().count(), Integer.MAX_VALUE));
        if (rows % TALL != 0 || columns % WIDE != 0 || codes.columns() != (long) first() + second()) {
            throw parts.wrong("Qidxs", "LAYOUT_SHAPE", "has shape " + codes.shape() + " for " + columns + " inputs and codebook_id " + kind
                    + "; expected outputs in sixteens, inputs in sixty-fours and " + (first() + second()) + " words to a row");
        }
        if (parts.has("A") || parts.has("B")) {
            throw new UnsupportedException(parts.module() + ": QuIP# with a low-rank correction (A, B), which Nibble does not add");
        }
        this.fused = FusedLayers.of(parts, config, rows);
        float wscale = parts.finite("Wscale", parts.counted("Wscale", 1, Plain.F32, Plain.F16)).at(0);
        this.inward = hadamard(parts, "SU", columns, rescaling(parts, config, columns));
        this.outward = hadamard(parts, "SV", rows, i -> wscale * fused.scale(i));
        float residual = config.json().get("quip_params").flatMap(quip -> quip.get("resid_scale_override")).filter(Json::isNumber)
                .map(scale -> (float) scale.real(-1, LARGEST_SCALE)).filter(scale -> scale > 0)
                .orElse(kind == FOUR_BITS ? QuipCodebooks.SCALE_OF_FOUR : QuipCodebooks.SCALE_OF_THREE);
        if (residual < 1 / LARGEST_SCALE) {
            throw new UnsupportedException(
                    parts.module() + ": QuIP# with a resid_scale_override of " + residual + "; expected a few units");
        }
        this.codec = new AdditiveCodes(kind == TWO_BITS ? 1 : 2, AdditiveCodes.MAX_BITS, columns, switch (kind) {
            case TWO_BITS -> QuipCodebooks.e8pVectors();
            case FOUR_BITS -> QuipCodebooks.twice(residual);
            default -> QuipCodebooks.withOneBit(residual);
        });
    }

    static QuipSharpWeight of(ComponentTensors parts, QuantizationConfig config, long codebook) {
        if (codebook != TWO_BITS && codebook != FOUR_BITS && codebook != THREE_BITS) {
            throw new UnsupportedException(
                    parts.module() + ": QuIP# with codebook_id " + codebook + "; Nibble reads 7, 17, 18 and its own, 1001");
        }
        int newest = codebook == THREE_BITS ? 0 : 1;
        int version = config.json().get("quip_params").flatMap(quip -> quip.get("codebook_version"))
                .map(number -> number.whole(0, MAX_VERSIONS))
                .orElse(0);
        if (version != newest) {
            throw new UnsupportedException(parts.module() + ": QuIP# with codebook_version " + version + " of codebook_id " + codebook
                    + ", whose codes are packed differently; its program and Nibble read version " + newest);
        }
        return new QuipSharpWeight(parts, config, (int) codebook);
    }

    private int first() {
        return columns / WORDS;
    }

    private int second() {
        return switch (kind) {
            case FOUR_BITS -> columns / WORDS;
            case THREE_BITS -> columns / WIDE;
            default -> 0;
        };
    }

    /** Factors of the inputs, besides SU. */
    private static IntToDoubleFunction rescaling(ComponentTensors parts, QuantizationConfig config, int inputs) {
        boolean rescaled = config.json().get("quip_params").flatMap(quip -> quip.get("rescale_WH"))
                .map(flag -> flag.isBoolean() && flag.bool()).orElse(false);
        if (!rescaled) {
            return i -> 1;
        }
        FloatMatrix scales = parts.finite("scaleWH", parts.counted("scaleWH", inputs, Plain.F32, Plain.F16));
        for (int i = 0; i < inputs; i++) {
            if (!Float.isFinite(1 / scales.at(i))) {
                throw parts.wrong("scaleWH", "LAYOUT_RANGE", "element " + i + " is " + scales.at(i) + ", and inputs are divided by it");
            }
        }
        return i -> 1 / scales.at(i);
    }

    /** Hᵀ with the stored factors. @param scale multiplier of each factor */
    private static List<Transform> hadamard(ComponentTensors parts, String name, int count, IntToDoubleFunction scale) {
        FloatMatrix stored = parts.finite(name, parts.counted(name, count, Plain.F16));
        float[] factors = new float[count];
        for (int i = 0; i < count; i++) {
            factors[i] = stored.at(i) * (float) scale.applyAsDouble(i);
        }
        int order = HadamardMatrix.orderFor(count);
        if (order == 1) {
            return List.of(new Transform.Hadamard(count, factors));
        }
        byte[][] matrix = HadamardMatrix.ofOrder(order).orElseThrow(() -> new UnsupportedException(parts.module()
                + ": QuIP# with a Hadamard transform of " + count + " elements, which needs a matrix of order " + order
                + "; neither its program nor Nibble has one"));
        return List.of(new Transform.Hadamard(count / order, factors), new Transform.Kronecker(transposed(matrix), count / order));
    }

    private static byte[][] transposed(byte[][] matrix) {
        byte[][] columns = new byte[matrix.length][matrix.length];
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j < matrix.length; j++) {
                columns[j][i] = matrix[i][j];
            }
        }
        return columns;
    }

    @Override
    public Codec codec() {
        return codec;
    }

    @Override
    public Shape shape() {
        return Shape.of(rows, columns);
    }

    @Override
    public List<Layer> layers() {
        return fused.layers();
    }

    @Override
    public boolean isTransformed() {
        return true;
    }

    @Override
    public Weight read(Arena arena) {
        Tensor values = new Tensor(codec, shape(), arena.allocate(codec.bytes(shape().count()), Long.BYTES));
        int perRow = columns / DIMENSION;
        int[] indices = new int[perRow * codec.books()];
        for (int output = 0; output < rows; output++) {
            for (int i = 0; i < perRow; i++) {
                indices[i * codec.books()] = tiled(output, i, 0, first());
                if (kind != TWO_BITS) {
                    indices[i * 2 + 1] = kind == FOUR_BITS ? tiled(output, i, first(), second()) : inOrder(output, i);
                }
            }
            codec.write(values.data(), output * values.rowBytes(), 1, indices, 0);
        }
        return new Weight(values, inward, outward, ActivationQuantization.NONE);
    }

    private long word(long row, long column) {
        return codes.data().get(LONG, (row * codes.columns() + column) * Long.BYTES);
    }

    /** A code of E8P. @param from first column of its part of the words, {@code width} wide and tiled separately */
    private int tiled(int output, int i, int from, int width) {
        int input = i * DIMENSION;
        long tile = (long) output / TALL * (columns / WIDE) + input / WIDE;
        long place = tile * WORDS + output % TALL / 2 * 4 + input % WIDE / 16;
        long word = word(place / width, from + place % width);
        int q = output % 2 + input % 16 / DIMENSION * 2;
        int code = (int) (word >>> q * Byte.SIZE & 0xFF) << Byte.SIZE;
        for (int j = 0; j < DIMENSION; j++) {
            code |= (int) (word >>> Integer.SIZE + 4 * j + q & 1) << j;
        }
        return code;
    }

    private int inOrder(int output, int i) {
        return (int) (word(output, first() + i / DIMENSION) >>> i % DIMENSION * Byte.SIZE & 0xFF);
    }
}
