package dev.nibble.core.backend.vector;

import static dev.nibble.core.tensor.LittleEndian.SHORT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Q4_0 and IQ4_NL, fused: codes are looked up among sixteen levels already multiplied by the scale. Needs vectors of sixteen lanes. */
final class LevelRows implements RowQuad {
    private static final int SIZE = 32;
    private static final int BYTES = 18;

    private final float[] levels;

    LevelRows(float[] levels) {
        this.levels = levels;
    }

    @Override
    public void multiply(MemorySegment weight, long from, long stride, int columns, float[] x, int xFrom, float[] sums) {
        FloatVector unit = FloatVector.fromArray(Lanes.FLOATS, levels, 0);
        FloatVector a = FloatVector.zero(Lanes.FLOATS);
        FloatVector b = FloatVector.zero(Lanes.FLOATS);
        FloatVector c = FloatVector.zero(Lanes.FLOATS);
        FloatVector d = FloatVector.zero(Lanes.FLOATS);
        for (int block = 0; block < columns / SIZE; block++) {
            long at = from + (long) block * BYTES;
            IntVector aLevel = unit.mul(Float.float16ToFloat(weight.get(SHORT, at))).reinterpretAsInts();
            IntVector bLevel = unit.mul(Float.float16ToFloat(weight.get(SHORT, at + stride))).reinterpretAsInts();
            IntVector cLevel = unit.mul(Float.float16ToFloat(weight.get(SHORT, at + 2 * stride))).reinterpretAsInts();
            IntVector dLevel = unit.mul(Float.float16ToFloat(weight.get(SHORT, at + 3 * stride))).reinterpretAsInts();
            IntVector aCode = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, at + 2, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
            IntVector bCode = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, at + stride + 2, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
            IntVector cCode = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, at + 2 * stride + 2, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
            IntVector dCode = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, at + 3 * stride + 2, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
            FloatVector token = FloatVector.fromArray(Lanes.FLOATS, x, xFrom + block * SIZE);
            a = aCode.and(15).selectFrom(aLevel).reinterpretAsFloats().fma(token, a);
            b = bCode.and(15).selectFrom(bLevel).reinterpretAsFloats().fma(token, b);
            c = cCode.and(15).selectFrom(cLevel).reinterpretAsFloats().fma(token, c);
            d = dCode.and(15).selectFrom(dLevel).reinterpretAsFloats().fma(token, d);
            token = FloatVector.fromArray(Lanes.FLOATS, x, xFrom + block * SIZE + SIZE / 2);
            a = aCode.lanewise(VectorOperators.LSHR, 4).selectFrom(aLevel).reinterpretAsFloats().fma(token, a);
            b = bCode.lanewise(VectorOperators.LSHR, 4).selectFrom(bLevel).reinterpretAsFloats().fma(token, b);
            c = cCode.lanewise(VectorOperators.LSHR, 4).selectFrom(cLevel).reinterpretAsFloats().fma(token, c);
            d = dCode.lanewise(VectorOperators.LSHR, 4).selectFrom(dLevel).reinterpretAsFloats().fma(token, d);
        }
        a.intoArray(sums, 0);
        b.intoArray(sums, LaneSum.COUNT);
        c.intoArray(sums, 2 * LaneSum.COUNT);
        d.intoArray(sums, 3 * LaneSum.COUNT);
    }
}
