package dev.nibble.core.backend.vector;

import static dev.nibble.core.tensor.LittleEndian.SHORT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Q8_0, fused. Needs vectors of sixteen lanes. */
final class ByteRows implements RowQuad {
    private static final int SIZE = 32;
    private static final int BYTES = 34;

    @Override
    public void multiply(MemorySegment weight, long from, long stride, int columns, float[] x, int xFrom, float[] sums) {
        FloatVector a = FloatVector.zero(Lanes.FLOATS);
        FloatVector b = FloatVector.zero(Lanes.FLOATS);
        FloatVector c = FloatVector.zero(Lanes.FLOATS);
        FloatVector d = FloatVector.zero(Lanes.FLOATS);
        for (int block = 0; block < columns / SIZE; block++) {
            long at = from + (long) block * BYTES;
            FloatVector aScale = FloatVector.broadcast(Lanes.FLOATS, Float.float16ToFloat(weight.get(SHORT, at)));
            FloatVector bScale = FloatVector.broadcast(Lanes.FLOATS, Float.float16ToFloat(weight.get(SHORT, at + stride)));
            FloatVector cScale = FloatVector.broadcast(Lanes.FLOATS, Float.float16ToFloat(weight.get(SHORT, at + 2 * stride)));
            FloatVector dScale = FloatVector.broadcast(Lanes.FLOATS, Float.float16ToFloat(weight.get(SHORT, at + 3 * stride)));
            FloatVector token = FloatVector.fromArray(Lanes.FLOATS, x, xFrom + block * SIZE);
            IntVector aCode = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, at + 2, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.B2I, Lanes.INTS, 0);
            a = ((FloatVector) aCode.convert(VectorOperators.I2F, 0)).mul(aScale).fma(token, a);
            IntVector bCode = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, at + stride + 2, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.B2I, Lanes.INTS, 0);
            b = ((FloatVector) bCode.convert(VectorOperators.I2F, 0)).mul(bScale).fma(token, b);
            IntVector cCode = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, at + 2 * stride + 2, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.B2I, Lanes.INTS, 0);
            c = ((FloatVector) cCode.convert(VectorOperators.I2F, 0)).mul(cScale).fma(token, c);
            IntVector dCode = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, at + 3 * stride + 2, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.B2I, Lanes.INTS, 0);
            d = ((FloatVector) dCode.convert(VectorOperators.I2F, 0)).mul(dScale).fma(token, d);
            token = FloatVector.fromArray(Lanes.FLOATS, x, xFrom + block * SIZE + SIZE / 2);
            aCode = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, at + 18, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.B2I, Lanes.INTS, 0);
            a = ((FloatVector) aCode.convert(VectorOperators.I2F, 0)).mul(aScale).fma(token, a);
            bCode = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, at + stride + 18, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.B2I, Lanes.INTS, 0);
            b = ((FloatVector) bCode.convert(VectorOperators.I2F, 0)).mul(bScale).fma(token, b);
            cCode = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, at + 2 * stride + 18, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.B2I, Lanes.INTS, 0);
            c = ((FloatVector) cCode.convert(VectorOperators.I2F, 0)).mul(cScale).fma(token, c);
            dCode = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, at + 3 * stride + 18, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.B2I, Lanes.INTS, 0);
            d = ((FloatVector) dCode.convert(VectorOperators.I2F, 0)).mul(dScale).fma(token, d);
        }
        a.intoArray(sums, 0);
        b.intoArray(sums, LaneSum.COUNT);
        c.intoArray(sums, 2 * LaneSum.COUNT);
        d.intoArray(sums, 3 * LaneSum.COUNT);
    }
}
