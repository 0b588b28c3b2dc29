package dev.nibble.core.backend.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Q4_K, fused. Needs vectors of sixteen numbers. */
final class AffineRows implements FourRows {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int SIZE = 256;
    private static final int BYTES = 144;
    private static final int CODES = 16;
    private static final int GROUP = 32;
    private static final long LOW_HALF = 0xFFFFFFFFL;

    @Override
    public void multiply(MemorySegment weight, long from, long stride, int columns, float[] x, int xFrom, float[] sums) {
        FloatVector a = FloatVector.zero(Lanes.FLOATS);
        FloatVector b = FloatVector.zero(Lanes.FLOATS);
        FloatVector c = FloatVector.zero(Lanes.FLOATS);
        FloatVector d = FloatVector.zero(Lanes.FLOATS);
        for (int block = 0; block < columns / SIZE; block++) {
            long at = from + (long) block * BYTES;
            long aHead = weight.get(LONG, at);
            long aTail = weight.get(LONG, at + 8);
            long bHead = weight.get(LONG, at + stride);
            long bTail = weight.get(LONG, at + stride + 8);
            long cHead = weight.get(LONG, at + 2 * stride);
            long cTail = weight.get(LONG, at + 2 * stride + 8);
            long dHead = weight.get(LONG, at + 3 * stride);
            long dTail = weight.get(LONG, at + 3 * stride + 8);
            float aUnit = Float.float16ToFloat((short) aHead);
            float aLess = -Float.float16ToFloat((short) (aHead >>> 16));
            long aScales = scales(aHead >>> 32, aTail >>> 32);
            long aMinima = scales(aTail & LOW_HALF, aTail >>> 36);
            float bUnit = Float.float16ToFloat((short) bHead);
            float bLess = -Float.float16ToFloat((short) (bHead >>> 16));
            long bScales = scales(bHead >>> 32, bTail >>> 32);
            long bMinima = scales(bTail & LOW_HALF, bTail >>> 36);
            float cUnit = Float.float16ToFloat((short) cHead);
            float cLess = -Float.float16ToFloat((short) (cHead >>> 16));
            long cScales = scales(cHead >>> 32, cTail >>> 32);
            long cMinima = scales(cTail & LOW_HALF, cTail >>> 36);
            float dUnit = Float.float16ToFloat((short) dHead);
            float dLess = -Float.float16ToFloat((short) (dHead >>> 16));
            long dScales = scales(dHead >>> 32, dTail >>> 32);
            long dMinima = scales(dTail & LOW_HALF, dTail >>> 36);
            for (int pair = 0; pair < SIZE / (2 * GROUP); pair++) {
                long codes = at + CODES + pair * GROUP;
                int column = xFrom + block * SIZE + pair * 2 * GROUP;
                int shift = 16 * pair;
                FloatVector aScale = FloatVector.broadcast(Lanes.FLOATS, aUnit * (int) (aScales >>> shift & 63));
                FloatVector aMinimum = FloatVector.broadcast(Lanes.FLOATS, aLess * (int) (aMinima >>> shift & 63));
                FloatVector bScale = FloatVector.broadcast(Lanes.FLOATS, bUnit * (int) (bScales >>> shift & 63));
                FloatVector bMinimum = FloatVector.broadcast(Lanes.FLOATS, bLess * (int) (bMinima >>> shift & 63));
                FloatVector cScale = FloatVector.broadcast(Lanes.FLOATS, cUnit * (int) (cScales >>> shift & 63));
                FloatVector cMinimum = FloatVector.broadcast(Lanes.FLOATS, cLess * (int) (cMinima >>> shift & 63));
                FloatVector dScale = FloatVector.broadcast(Lanes.FLOATS, dUnit * (int) (dScales >>> shift & 63));
                FloatVector dMinimum = FloatVector.broadcast(Lanes.FLOATS, dLess * (int) (dMinima >>> shift & 63));
                FloatVector token = FloatVector.fromArray(Lanes.FLOATS, x, column);
                IntVector aNear = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, codes, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                a = ((FloatVector) aNear.and(15).convert(VectorOperators.I2F, 0)).fma(aScale, aMinimum).fma(token, a);
                IntVector bNear = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, codes + stride, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                b = ((FloatVector) bNear.and(15).convert(VectorOperators.I2F, 0)).fma(bScale, bMinimum).fma(token, b);
                IntVector cNear = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, codes + 2 * stride, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                c = ((FloatVector) cNear.and(15).convert(VectorOperators.I2F, 0)).fma(cScale, cMinimum).fma(token, c);
                IntVector dNear = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, codes + 3 * stride, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                d = ((FloatVector) dNear.and(15).convert(VectorOperators.I2F, 0)).fma(dScale, dMinimum).fma(token, d);
                token = FloatVector.fromArray(Lanes.FLOATS, x, column + 16);
                IntVector aFar = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, codes + 16, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                a = ((FloatVector) aFar.and(15).convert(VectorOperators.I2F, 0)).fma(aScale, aMinimum).fma(token, a);
                IntVector bFar = (IntVector) ByteVector.fromMemorySegment(Lanes.BYTES, weight, codes + stride + 16, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                b = ((FloatVector) bFar.and(15).convert(VectorOperators.I2F, 0)).fma(bScale, bMinimum).fma(token, b);
                IntVector cFar = (IntVector) ByteVector
                        .fromMemorySegment(Lanes.BYTES, weight, codes + 2 * stride + 16, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                c = ((FloatVector) cFar.and(15).convert(VectorOperators.I2F, 0)).fma(cScale, cMinimum).fma(token, c);
                IntVector dFar = (IntVector) ByteVector
                        .fromMemorySegment(Lanes.BYTES, weight, codes + 3 * stride + 16, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
                d = ((FloatVector) dFar.and(15).convert(VectorOperators.I2F, 0)).fma(dScale, dMinimum).fma(token, d);
                aScale = FloatVector.broadcast(Lanes.FLOATS, aUnit * (int) (aScales >>> (shift + 8) & 63));
                aMinimum = FloatVector.broadcast(Lanes.FLOATS, aLess * (int) (aMinima >>> (shift + 8) & 63));
                bScale = FloatVector.broadcast(Lanes.FLOATS, bUnit * (int) (bScales >>> (shift + 8) & 63));
                bMinimum = FloatVector.broadcast(Lanes.FLOATS, bLess * (int) (bMinima >>> (shift + 8) & 63));
                cScale = FloatVector.broadcast(Lanes.FLOATS, cUnit * (int) (cScales >>> (shift + 8) & 63));
                cMinimum = FloatVector.broadcast(Lanes.FLOATS, cLess * (int) (cMinima >>> (shift + 8) & 63));
                dScale = FloatVector.broadcast(Lanes.FLOATS, dUnit * (int) (dScales >>> (shift + 8) & 63));
                dMinimum = FloatVector.broadcast(Lanes.FLOATS, dLess * (int) (dMinima >>> (shift + 8) & 63));
                token = FloatVector.fromArray(Lanes.FLOATS, x, column + 32);
                a = ((FloatVector) aNear.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0)).fma(aScale, aMinimum).fma(token,
                        a);
                b = ((FloatVector) bNear.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0)).fma(bScale, bMinimum).fma(token,
                        b);
                c = ((FloatVector) cNear.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0)).fma(cScale, cMinimum).fma(token,
                        c);
                d = ((FloatVector) dNear.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0)).fma(dScale, dMinimum).fma(token,
                        d);
                token = FloatVector.fromArray(Lanes.FLOATS, x, column + 48);
                a = ((FloatVector) aFar.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0)).fma(aScale, aMinimum).fma(token,
                        a);
                b = ((FloatVector) bFar.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0)).fma(bScale, bMinimum).fma(token,
                        b);
                c = ((FloatVector) cFar.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0)).fma(cScale, cMinimum).fma(token,
                        c);
                d = ((FloatVector) dFar.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0)).fma(dScale, dMinimum).fma(token,
                        d);
            }
        }
        a.intoArray(sums, 0);
        b.intoArray(sums, Strands.COUNT);
        c.intoArray(sums, 2 * Strands.COUNT);
        d.intoArray(sums, 3 * Strands.COUNT);
    }

    /** Eight scales or minima, one to a byte: of four the low six bits of a byte; of four more four bits, and two from the first ones. */
    private static long scales(long first, long last) {
        return first & 0x3F3F3F3FL | (last & 0x0F0F0F0FL | first >>> 2 & 0x30303030L) << 32;
    }
}
