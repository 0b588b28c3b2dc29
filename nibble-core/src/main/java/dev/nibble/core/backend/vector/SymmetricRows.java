package dev.nibble.core.backend.vector;

import static dev.nibble.core.tensor.LittleEndian.SHORT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Q6_K, fused; a sub-block is half of a block. Needs vectors of sixteen lanes. */
final class SymmetricRows implements RowQuad {
    private static final int SUB_BLOCK = 128;
    private static final int BYTES = 210;

    @Override
    public void multiply(MemorySegment weight, long from, long stride, int columns, float[] x, int xFrom, float[] sums) {
        FloatVector a = FloatVector.zero(Lanes.FLOATS);
        FloatVector b = FloatVector.zero(Lanes.FLOATS);
        FloatVector c = FloatVector.zero(Lanes.FLOATS);
        FloatVector d = FloatVector.zero(Lanes.FLOATS);
        for (int subBlock = 0; subBlock < columns / SUB_BLOCK; subBlock++) {
            long at = from + subBlock / 2 * (long) BYTES;
            int half = subBlock % 2;
            long low = at + 64 * half;
            long high = at + 128 + 32 * half;
            int column = xFrom + subBlock * SUB_BLOCK;
            float aUnit = Float.float16ToFloat(weight.get(SHORT, at + 208));
            float bUnit = Float.float16ToFloat(weight.get(SHORT, at + stride + 208));
            float cUnit = Float.float16ToFloat(weight.get(SHORT, at + 2 * stride + 208));
            float dUnit = Float.float16ToFloat(weight.get(SHORT, at + 3 * stride + 208));
            IntVector aScales = ((FloatVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, at + 192, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.B2I, Lanes.INTS, 0).convert(VectorOperators.I2F, 0)).mul(aUnit).reinterpretAsInts();
            IntVector bScales = ((FloatVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, at + stride + 192, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.B2I, Lanes.INTS, 0).convert(VectorOperators.I2F, 0)).mul(bUnit).reinterpretAsInts();
            IntVector cScales = ((FloatVector) ByteVector
                    .fromMemorySegment(Lanes.BYTES, weight, at + 2 * stride + 192, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.B2I, Lanes.INTS, 0).convert(VectorOperators.I2F, 0)).mul(cUnit).reinterpretAsInts();
            IntVector dScales = ((FloatVector) ByteVector
                    .fromMemorySegment(Lanes.BYTES, weight, at + 3 * stride + 192, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.B2I, Lanes.INTS, 0).convert(VectorOperators.I2F, 0)).mul(dUnit).reinterpretAsInts();
            for (int plane = 0; plane < 4; plane++) {
                long codes = low + plane % 2 * 32;
                int lowShift = plane / 2 * 4;
                int highShift = 2 * plane;
                IntVector group = IntVector.broadcast(Lanes.INTS, 8 * half + 2 * plane);
                FloatVector token = FloatVector.fromArray(Lanes.FLOATS, x, column + 32 * plane);
                IntVector aLow = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, codes, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                IntVector aHigh = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, high, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                IntVector aCode = aLow.lanewise(VectorOperators.LSHR, lowShift).and(15)
                        .or(aHigh.lanewise(VectorOperators.LSHR, highShift).and(3).lanewise(VectorOperators.LSHL, 4)).sub(32);
                a = ((FloatVector) aCode.convert(VectorOperators.I2F, 0)).mul(group.selectFrom(aScales).reinterpretAsFloats()).fma(token,
                        a);
                IntVector bLow = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, codes + stride, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                IntVector bHigh = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, high + stride, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                IntVector bCode = bLow.lanewise(VectorOperators.LSHR, lowShift).and(15)
                        .or(bHigh.lanewise(VectorOperators.LSHR, highShift).and(3).lanewise(VectorOperators.LSHL, 4)).sub(32);
                b = ((FloatVector) bCode.convert(VectorOperators.I2F, 0)).mul(group.selectFrom(bScales).reinterpretAsFloats()).fma(token,
                        b);
                IntVector cLow = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, codes + 2 * stride, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                IntVector cHigh = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, high + 2 * stride, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                IntVector cCode = cLow.lanewise(VectorOperators.LSHR, lowShift).and(15)
                        .or(cHigh.lanewise(VectorOperators.LSHR, highShift).and(3).lanewise(VectorOperators.LSHL, 4)).sub(32);
                c = ((FloatVector) cCode.convert(VectorOperators.I2F, 0)).mul(group.selectFrom(cScales).reinterpretAsFloats()).fma(token,
                        c);
                IntVector dLow = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, codes + 3 * stride, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                IntVector dHigh = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, high + 3 * stride, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                IntVector dCode = dLow.lanewise(VectorOperators.LSHR, lowShift).and(15)
                        .or(dHigh.lanewise(VectorOperators.LSHR, highShift).and(3).lanewise(VectorOperators.LSHL, 4)).sub(32);
                d = ((FloatVector) dCode.convert(VectorOperators.I2F, 0)).mul(group.selectFrom(dScales).reinterpretAsFloats()).fma(token,
                        d);
                group = group.add(1);
                token = FloatVector.fromArray(Lanes.FLOATS, x, column + 32 * plane + 16);
                aLow = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, codes + 16, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                aHigh = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, high + 16, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                aCode = aLow.lanewise(VectorOperators.LSHR, lowShift).and(15)
                        .or(aHigh.lanewise(VectorOperators.LSHR, highShift).and(3).lanewise(VectorOperators.LSHL, 4)).sub(32);
                a = ((FloatVector) aCode.convert(VectorOperators.I2F, 0)).mul(group.selectFrom(aScales).reinterpretAsFloats()).fma(token,
                        a);
                bLow = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, codes + stride + 16, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                bHigh = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, high + stride + 16, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                bCode = bLow.lanewise(VectorOperators.LSHR, lowShift).and(15)
                        .or(bHigh.lanewise(VectorOperators.LSHR, highShift).and(3).lanewise(VectorOperators.LSHL, 4)).sub(32);
                b = ((FloatVector) bCode.convert(VectorOperators.I2F, 0)).mul(group.selectFrom(bScales).reinterpretAsFloats()).fma(token,
                        b);
                cLow = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, codes + 2 * stride + 16, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                cHigh = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, high + 2 * stride + 16, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                cCode = cLow.lanewise(VectorOperators.LSHR, lowShift).and(15)
                        .or(cHigh.lanewise(VectorOperators.LSHR, highShift).and(3).lanewise(VectorOperators.LSHL, 4)).sub(32);
                c = ((FloatVector) cCode.convert(VectorOperators.I2F, 0)).mul(group.selectFrom(cScales).reinterpretAsFloats()).fma(token,
                        c);
                dLow = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, codes + 3 * stride + 16, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                dHigh = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, high + 3 * stride + 16, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                dCode = dLow.lanewise(VectorOperators.LSHR, lowShift).and(15)
                        .or(dHigh.lanewise(VectorOperators.LSHR, highShift).and(3).lanewise(VectorOperators.LSHL, 4)).sub(32);
                d = ((FloatVector) dCode.convert(VectorOperators.I2F, 0)).mul(group.selectFrom(dScales).reinterpretAsFloats()).fma(token,
                        d);
            }
        }
        a.intoArray(sums, 0);
        b.intoArray(sums, LaneSum.COUNT);
        c.intoArray(sums, 2 * LaneSum.COUNT);
        d.intoArray(sums, 3 * LaneSum.COUNT);
    }
}
