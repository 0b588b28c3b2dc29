package dev.nibble.core.backend.vector;

import dev.nibble.core.tensor.BFloat16;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** F16 and BF16. F32 needs none: its codec copies memory. */
final class PlainDecoders {
    private static final int MANTISSA = 10;
    private static final int MAGNITUDE = 0x7FFF;
    private static final int INFINITE = 0x7C00;
    private static final int NORMAL = 1 << MANTISSA;
    private static final int REBIAS = (127 - 15) << 23;

    private PlainDecoders() {}

    static void bf16(MemorySegment source, long offset, float[] target, int from, int count) {
        int i = 0;
        for (; i <= count - Lanes.COUNT; i += Lanes.COUNT) {
            Lanes.shorts(source, offset + 2L * i).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(target, from + i);
        }
        for (; i < count; i++) {
            target[from + i] = BFloat16.toFloat(Lanes.halfBits(source, offset + 2L * i));
        }
    }

    static void f16(MemorySegment source, long offset, float[] target, int from, int count) {
        int i = 0;
        for (; i <= count - Lanes.COUNT; i += Lanes.COUNT) {
            IntVector bits = Lanes.shorts(source, offset + 2L * i);
            IntVector magnitude = bits.and(MAGNITUDE);
            IntVector rebiased = magnitude.lanewise(VectorOperators.LSHL, 23 - MANTISSA).add(REBIAS);
            rebiased = rebiased.add(REBIAS, magnitude.compare(VectorOperators.GE, INFINITE));
            FloatVector subnormal = Lanes.floats(magnitude).mul(0x1p-24f); // by multiplication, so that no operand is subnormal
            IntVector any = rebiased.blend(subnormal.reinterpretAsInts(), magnitude.compare(VectorOperators.LT, NORMAL));
            IntVector sign = bits.sub(magnitude).lanewise(VectorOperators.LSHL, 16);
            any.or(sign).reinterpretAsFloats().intoArray(target, from + i);
        }
        for (; i < count; i++) {
            target[from + i] = Lanes.half(source, offset + 2L * i);
        }
    }
}
