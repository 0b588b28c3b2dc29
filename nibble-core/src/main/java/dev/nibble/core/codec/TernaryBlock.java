package dev.nibble.core.codec;

/**
 * A block of the IQ1 types being encoded, 256 numbers. Each group has a step; each vector of eight has a point of a grid of −1, 0 and 1,
 * and a shift of ⅛ up or down: {@code number = scale × (2 × step + 1) × (coordinate ± ⅛)}.
 */
abstract class TernaryBlock extends LatticeCodec.Opened {
    static final int SIZE = LatticeCodec.SIZE;
    static final int VECTOR = 8;
    static final float SHIFT = 0.125f;

    /** Tables, loaded on first use. */
    private static final class Tables {
        static final Grid GRID = Grid.load("iq1");
        static final float[] COORDINATES = GRID.coordinates(-1, 0, 1);
    }

    /** Half-precision bits of the scale that the steps are multiples of. */
    short scale;
    /** Codes of the groups' steps. */
    final byte[] steps;
    final short[] points = new short[SIZE / VECTOR];
    /** Whether the vectors are shifted down. */
    final boolean[] down = new boolean[SIZE / VECTOR];

    private final int group;
    private final boolean ownShift;

    /**
     * @param group    numbers that share a step
     * @param ownShift whether every vector has its own shift, which may still change
     */
    TernaryBlock(int group, boolean ownShift) {
        this.group = group;
        this.ownShift = ownShift;
        this.steps = new byte[SIZE / group];
    }

    static float[] coordinates() {
        return Tables.COORDINATES;
    }

    static Grid grid() {
        return Tables.GRID;
    }

    private float step(int i) {
        return Float.float16ToFloat(scale) * (2 * steps[i / group] + 1);
    }

    @Override
    final void decode(float[] target, int from) {
        for (int i = 0; i < SIZE; i += VECTOR) {
            float step = step(i);
            float shift = down[i / VECTOR] ? -SHIFT : SHIFT;
            int point = points[i / VECTOR] * VECTOR;
            for (int j = 0; j < VECTOR; j++) {
                target[from + i + j] = step * (Tables.COORDINATES[point + j] + shift);
            }
        }
    }

    @Override
    public final float value(int i) {
        float shift = down[i / VECTOR] ? -SHIFT : SHIFT;
        return step(i) * (Tables.COORDINATES[points[i / VECTOR] * VECTOR + i % VECTOR] + shift);
    }

    @Override
    public final int dimension() {
        return VECTOR;
    }

    @Override
    public final void choose(int i, float[] numbers, int from) {
        float min = Float.POSITIVE_INFINITY;
        boolean first = down[i / VECTOR];
        for (int side = 0; side < (ownShift ? 2 : 1); side++) {
            boolean candidate = side == 0 ? first : !first;
            float shift = candidate ? -SHIFT : SHIFT;
            float step = step(i);
            for (int point = 0; point < Tables.COORDINATES.length / VECTOR; point++) {
                float error = 0;
                for (int j = 0; j < VECTOR; j++) {
                    float difference = step * (Tables.COORDINATES[point * VECTOR + j] + shift) - numbers[from + j];
                    error += difference * difference;
                }
                if (error < min) {
                    min = error;
                    points[i / VECTOR] = (short) point;
                    down[i / VECTOR] = candidate;
                }
            }
        }
    }
}
