package dev.nibble.core.layout;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.codec.LevelTable;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.ScaledLevels;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.text.json.Json;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * 4-bit weights of bitsandbytes: the matrix flattened, two codes per byte (the first in the high half), one scale per block regardless of
 * row ends.
 *
 * <pre>
 *   weight             out × in / 2 bytes, of any type
 *   weight.absmax      F32 [blocks]; nested, U8 codes of weight.nested_quant_map F32 [256],
 *                      times weight.nested_absmax F32 [blocks / nested_blocksize], plus nested_offset
 *   weight.quant_map   F32 [16]
 *   …quant_state…      U8: JSON with blocksize, shape and the nested parameters
 * </pre>
 */
final class BitsAndBytesBlocks implements GroupedRows {
    private static final Json.Limits LIMITS = new Json.Limits("LAYOUT", 1 << 16, 8, 1 << 10);
    private static final int LARGEST_BLOCK = 1 << 16;
    private static final int LEVELS = 16;

    private final MemorySegment packed;
    private final float[] absmax;
    private final int blockSize;
    private final int piece;
    private final RowGroups form;

    BitsAndBytesBlocks(ComponentTensors parts, LevelTable levels, String stateName) {
        Tensor stored = parts.tensor(stateName, Plain.U8);
        Json state = Json.parse(parts.file().file(parts.module() + "." + stateName),
                new String(stored.data().asSlice(0, Math.min(stored.data().byteSize(), LIMITS.bytes())).toArray(JAVA_BYTE),
                        StandardCharsets.UTF_8),
                LIMITS);
        List<Json> shape = state.require("shape").elements();
        if (shape.size() != 2) {
            throw parts.wrong(stateName, "LAYOUT_RANGE", "has " + shape.size() + " dimensions, expected 2");
        }
        int rows = shape.get(0).whole(1, Integer.MAX_VALUE);
        int columns = shape.get(1).whole(1, Integer.MAX_VALUE);
        this.blockSize = state.require("blocksize").whole(1, LARGEST_BLOCK);
        Tensor weight = parts.tensor("weight", Plain.U8, Plain.BF16, Plain.F16, Plain.F32, Plain.I8);
        long count = Math.multiplyExact((long) rows, (long) columns);
        if (weight.data().byteSize() != Math.ceilDiv(count, 2)) {
            throw parts.wrong("weight", "LAYOUT_SHAPE", "has " + weight.data().byteSize() + " bytes for " + rows + "×" + columns
                    + " codes of 4 bits");
        }
        this.packed = weight.data();
        checkMap(parts, levels);
        this.absmax = absmax(parts, state, Math.toIntExact(Math.ceilDiv(count, (long) blockSize)));
        this.piece = columns % blockSize == 0 ? blockSize : divisor(columns, blockSize);
        this.form = new RowGroups(new ScaledLevels(levels, piece), rows, RowGroups.contiguous(columns, piece));
    }

    private static int divisor(int a, int b) {
        return b == 0 ? a : divisor(b, a % b);
    }

    private static void checkMap(ComponentTensors parts, LevelTable levels) {
        FloatMatrix map = new FloatMatrix(parts.counted("weight.quant_map", LEVELS, Plain.F32));
        for (int code = 0; code < LEVELS; code++) {
            if (map.at(code) != levels.level(code)) {
                throw parts.wrong("weight.quant_map", "LAYOUT_RANGE", "code " + code + " stands for " + map.at(code) + ", in "
                        + levels.name() + " it is " + levels.level(code));
            }
        }
    }

    private static float[] absmax(ComponentTensors parts, Json state, int blocks) {
        float[] scales = new float[blocks];
        if (!state.has("nested_blocksize")) {
            FloatMatrix stored = parts.finite("weight.absmax", parts.counted("weight.absmax", blocks, Plain.F32));
            for (int i = 0; i < blocks; i++) {
                scales[i] = stored.at(i);
            }
            return scales;
        }
        int size = state.require("nested_blocksize").whole(1, LARGEST_BLOCK);
        float offset = (float) state.require("nested_offset").real(-Float.MAX_VALUE, Float.MAX_VALUE);
        Tensor codes = parts.counted("weight.absmax", blocks, Plain.U8);
        FloatMatrix map = parts.finite("weight.nested_quant_map", parts.counted("weight.nested_quant_map", 256, Plain.F32));
        FloatMatrix outer = parts.finite("weight.nested_absmax",
                parts.counted("weight.nested_absmax", Math.ceilDiv(blocks, size), Plain.F32));
        for (int i = 0; i < blocks; i++) {
            scales[i] = map.at(codes.data().get(JAVA_BYTE, i) & 0xFF) * outer.at(i / size) + offset;
        }
        return scales;
    }

    @Override
    public RowGroups form() {
        return form;
    }

    @Override
    public void codes(int row, byte[] target) {
        long first = (long) row * columns();
        for (int i = 0; i < columns(); i++) {
            int pair = packed.get(JAVA_BYTE, (first + i) / 2);
            target[i] = (byte) ((first + i) % 2 == 0 ? pair >> 4 & 15 : pair & 15);
        }
    }

    @Override
    public float scale(int row, int group) {
        return absmax[(int) (((long) row * columns() + (long) group * piece) / blockSize)];
    }

    @Override
    public float zeroPoint(int row, int group) {
        return 0;
    }

    /** Packs codes from code number {@code first} on, two per byte; the bytes must be 0. */
    static void pack(byte[] codes, MemorySegment packed, long first) {
        for (int i = 0; i < codes.length; i++) {
            long at = (first + i) / 2;
            int shift = (first + i) % 2 == 0 ? 4 : 0;
            packed.set(JAVA_BYTE, at, (byte) (packed.get(JAVA_BYTE, at) | codes[i] << shift));
        }
    }
}
