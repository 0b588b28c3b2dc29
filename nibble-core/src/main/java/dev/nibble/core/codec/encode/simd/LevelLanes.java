package dev.nibble.core.codec.encode.simd;

import dev.nibble.core.codec.NonLinearLevels;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** {@link NonLinearLevels} in lanes: with vectors of sixteen numbers, the tables of thresholds and levels are vectors too. */
final class LevelLanes {
    private static final int LEVELS = 16;
    private static final boolean TABLES = GroupLanes.COUNT >= LEVELS;

    private static final float[] LEVEL = new float[LEVELS];
    private static final float[] THRESHOLD = new float[LEVELS]; // none for code 0

    static {
        for (int code = 0; code < LEVELS; code++) {
            LEVEL[code] = NonLinearLevels.level(code);
            THRESHOLD[code] = code == 0 ? Float.NEGATIVE_INFINITY : NonLinearLevels.threshold(code);
        }
    }

    private LevelLanes() {}

    /** The level nearest to each number. */
    static FloatVector level(FloatVector x) {
        if (TABLES) {
            return pick(LEVEL, code(x));
        }
        FloatVector level = GroupLanes.broadcast(LEVEL[0]);
        for (int code = 1; code < LEVELS; code++) {
            level = level.blend(LEVEL[code], x.compare(VectorOperators.GE, THRESHOLD[code]));
        }
        return level;
    }

    /** The code of the level nearest to each number. */
    static IntVector code(FloatVector x) {
        IntVector code = IntVector.zero(GroupLanes.INTS);
        if (!TABLES) {
            for (int next = 1; next < LEVELS; next++) {
                code = code.add(1, x.compare(VectorOperators.GE, THRESHOLD[next]).cast(GroupLanes.INTS));
            }
            return code;
        }
        code = code.add(8, x.compare(VectorOperators.GE, THRESHOLD[8]).cast(GroupLanes.INTS));
        for (int half = 4; half > 0; half /= 2) {
            FloatVector middle = pick(THRESHOLD, code.add(half));
            code = code.add(half, x.compare(VectorOperators.GE, middle).cast(GroupLanes.INTS));
        }
        return code;
    }

    private static FloatVector pick(float[] table, IntVector code) {
        IntVector bits = FloatVector.fromArray(GroupLanes.FLOATS, table, 0).reinterpretAsInts();
        return code.selectFrom(bits).reinterpretAsFloats();
    }
}
