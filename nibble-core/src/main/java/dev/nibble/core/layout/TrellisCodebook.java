package dev.nibble.core.layout;

/**
 * The value of a state of EXL3's trellis, computed from its 16 bits so that no table has to be stored. All arithmetic is in F16, every
 * result rounded once. Tseng et al. 2024, "QTIP", section 3.1; ExLlamaV3 chose the constants.
 */
enum TrellisCodebook {
    /** A linear congruential generator, and the sum of the two F16 halves of its result. */
    THREE_INSTRUCTIONS(89_226_354, 64_248_484),
    /** The same without an addend. */
    MULTIPLY_CONGRUENCE(0xCBAC1FED, 0),
    /** A product, and the sum of its bytes, scaled to an approximately normal distribution. */
    SUM_OF_BYTES(0x83DCD12D, 0) {
        @Override
        short value(int mixed) {
            int sum = (mixed & 0xFF) + (mixed >>> 8 & 0xFF) + (mixed >>> 16 & 0xFF) + (mixed >>> 24);
            return rounded((double) (SUM_START + sum) * Float.float16ToFloat(STEP) + Float.float16ToFloat(MIDDLE));
        }
    };

    private static final int KEPT = 0x8FFF8FFF;
    private static final int FLIPPED = 0x3B603B60;
    private static final int SUM_START = 1024;
    private static final short STEP = 0x1EEE;
    private static final short MIDDLE = (short) 0xC931;

    private final int factor;
    private final int addend;

    TrellisCodebook(int factor, int addend) {
        this.factor = factor;
        this.addend = addend;
    }

    /** The bits of an F16. @param state 16 bits */
    short at(int state) {
        return value(state * factor + addend);
    }

    short value(int mixed) {
        int halves = mixed & KEPT ^ FLIPPED;
        return rounded((double) Float.float16ToFloat((short) halves) + Float.float16ToFloat((short) (halves >>> 16)));
    }

    /** The nearest F16, through a float rounded to odd so that nothing is rounded twice. */
    private static short rounded(double exact) {
        float near = (float) exact;
        if (near != exact && (Float.floatToRawIntBits(near) & 1) == 0) {
            near = exact > near ? Math.nextUp(near) : Math.nextDown(near);
        }
        return Float.floatToFloat16(near);
    }
}
