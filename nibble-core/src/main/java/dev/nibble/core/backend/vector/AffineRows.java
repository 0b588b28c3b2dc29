package dev.nibble.core.backend.vector;

import static dev.nibble.core.tensor.LittleEndian.LONG;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Q4_K, fused. Needs vectors of sixteen lanes: one holds a block's eight scales and eight negated minima, already multiplied. */
final class AffineRows implements RowQuad {
    private static final int SIZE = 256;
    private static final int BYTES = 144;
    private static final int CODES = 16;
    private static final int GROUP = 32;
    private static final long LOW_HALF = 0xFFFFFFFFL;

    @Override
    public void multiply(MemorySegment weight, long from, long stride, int columns, float[] x, int xFrom, float[] sums) {
        VectorMask<Float> minima = VectorMask.fromLong(Lanes.FLOATS, 0xFF00);
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
            LongVector aCodes = LongVector.broadcast(LongVector.SPECIES_128, scales(aHead >>> 32, aTail >>> 32)).withLane(1,
                    scales(aTail & LOW_HALF, aTail >>> 36));
            FloatVector aUnits = FloatVector.broadcast(Lanes.FLOATS, Float.float16ToFloat((short) aHead))
                    .blend(-Float.float16ToFloat((short) (aHead >>> 16)), minima);
            IntVector aPairs = ((FloatVector) aCodes.reinterpretAsBytes().convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0)
                    .convert(VectorOperators.I2F, 0)).mul(aUnits).reinterpretAsInts();
            LongVector bCodes = LongVector.broadcast(LongVector.SPECIES_128, scales(bHead >>> 32, bTail >>> 32)).withLane(1,
                    scales(bTail & LOW_HALF, bTail >>> 36));
            FloatVector bUnits = FloatVector.broadcast(Lanes.FLOATS, Float.float16ToFloat((short) bHead))
                    .blend(-Float.float16ToFloat((short) (bHead >>> 16)), minima);
            IntVector bPairs = ((FloatVector) bCodes.reinterpretAsBytes().convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0)
                    .convert(VectorOperators.I2F, 0)).mul(bUnits).reinterpretAsInts();
            LongVector cCodes = LongVector.broadcast(LongVector.SPECIES_128, scales(cHead >>> 32, cTail >>> 32)).withLane(1,
                    scales(cTail & LOW_HALF, cTail >>> 36));
            FloatVector cUnits = FloatVector.broadcast(Lanes.FLOATS, Float.float16ToFloat((short) cHead))
                    .blend(-Float.float16ToFloat((short) (cHead >>> 16)), minima);
            IntVector cPairs = ((FloatVector) cCodes.reinterpretAsBytes().convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0)
                    .convert(VectorOperators.I2F, 0)).mul(cUnits).reinterpretAsInts();
            LongVector dCodes = LongVector.broadcast(LongVector.SPECIES_128, scales(dHead >>> 32, dTail >>> 32)).withLane(1,
                    scales(dTail & LOW_HALF, dTail >>> 36));
            FloatVector dUnits = FloatVector.broadcast(Lanes.FLOATS, Float.float16ToFloat((short) dHead))
                    .blend(-Float.float16ToFloat((short) (dHead >>> 16)), minima);
            IntVector dPairs = ((FloatVector) dCodes.reinterpretAsBytes().convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0)
                    .convert(VectorOperators.I2F, 0)).mul(dUnits).reinterpretAsInts();
            for (int pair = 0; pair < SIZE / (2 * GROUP); pair++) {
                long codes = at + CODES + pair * GROUP;
                int column = xFrom + block * SIZE + pair * 2 * GROUP;
                IntVector scale = IntVector.broadcast(Lanes.INTS, 2 * pair);
                IntVector minimum = IntVector.broadcast(Lanes.INTS, 2 * pair + 8);
                FloatVector aScale = scale.selectFrom(aPairs).reinterpretAsFloats();
                FloatVector aMinimum = minimum.selectFrom(aPairs).reinterpretAsFloats();
                FloatVector bScale = scale.selectFrom(bPairs).reinterpretAsFloats();
                FloatVector bMinimum = minimum.selectFrom(bPairs).reinterpretAsFloats();
                FloatVector cScale = scale.selectFrom(cPairs).reinterpretAsFloats();
                FloatVector cMinimum = minimum.selectFrom(cPairs).reinterpretAsFloats();
                FloatVector dScale = scale.selectFrom(dPairs).reinterpretAsFloats();
                FloatVector dMinimum = minimum.selectFrom(dPairs).reinterpretAsFloats();
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
                scale = scale.add(1);
                minimum = minimum.add(1);
                aScale = scale.selectFrom(aPairs).reinterpretAsFloats();
                aMinimum = minimum.selectFrom(aPairs).reinterpretAsFloats();
                bScale = scale.selectFrom(bPairs).reinterpretAsFloats();
                bMinimum = minimum.selectFrom(bPairs).reinterpretAsFloats();
                cScale = scale.selectFrom(cPairs).reinterpretAsFloats();
                cMinimum = minimum.selectFrom(cPairs).reinterpretAsFloats();
                dScale = scale.selectFrom(dPairs).reinterpretAsFloats();
                dMinimum = minimum.selectFrom(dPairs).reinterpretAsFloats();
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
        b.intoArray(sums, LaneSum.COUNT);
        c.intoArray(sums, 2 * LaneSum.COUNT);
        d.intoArray(sums, 3 * LaneSum.COUNT);
    }

    /**
     * Eight scales or minima, one per byte: the first four are the low six bits of a byte; the others four bits of the last bytes and the high
     * two of the first.
     */
    private static long scales(long first, long last) {
        return first & 0x3F3F3F3FL | (last & 0x0F0F0F0FL | first >>> 2 & 0x30303030L) << 32;
    }
}
