package dev.nibble.core.codec.encode.simd;

import dev.nibble.core.codec.Grid;
import dev.nibble.core.codec.GridSearch;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The search for the nearest neighbour, one neighbour per lane. For every coordinate, the weighted square errors of all levels are computed
 * once, as a table in a vector; each lane selects from it by the level of its neighbour, and adds in the order of the coordinates.
 */
final class GridPointLanes implements GridSearch.Nearest {
    /** Lanes needed for a table up to the highest level. */
    private static final int FEWEST_LANES = 8;
    private static final int POINT_SHIFT = 16;

    private static final Map<GridSearch, Lists> LISTS = new ConcurrentHashMap<>();

    private final Lists lists;
    private final float[] errors; // of all levels, for each coordinate

    private GridPointLanes(Lists lists) {
        this.lists = lists;
        this.errors = new float[lists.dimension * GroupLanes.COUNT];
    }

    /** The search in lanes, or plain code where vectors have too few. */
    static GridSearch.Nearest of(GridSearch search) {
        return GroupLanes.COUNT < FEWEST_LANES ? search.plain() : new GridPointLanes(LISTS.computeIfAbsent(search, Lists::new));
    }

    /** The lists of a search, padded to whole vectors. */
    private static final class Lists {
        final int dimension;
        final int bits;
        final int[] starts; // by index: start of its entries; one more at the end
        final int[] entries; // neighbours: their levels from the lowest bits up, and from bit 16 the point; filled up with the last

        Lists(GridSearch search) {
            Grid grid = search.grid();
            dimension = grid.dimension();
            bits = Integer.SIZE - Integer.numberOfLeadingZeros(grid.topLevel());
            starts = new int[search.numbers() + 1];
            int end = 0;
            for (int number = 0; number < search.numbers(); number++) {
                starts[number] = end;
                end += search.point(number) < 0
                        ? (search.neighbours(number) + GroupLanes.COUNT - 1) / GroupLanes.COUNT * GroupLanes.COUNT
                        : 0;
            }
            starts[search.numbers()] = end;
            entries = new int[end];
            for (int number = 0; number < search.numbers(); number++) {
                for (int at = starts[number]; at < starts[number + 1]; at++) {
                    int i = Math.min(at - starts[number], search.neighbours(number) - 1);
                    entries[at] = entry(grid, search.neighbour(number, i));
                }
            }
        }

        private int entry(Grid grid, int point) {
            int entry = point << POINT_SHIFT;
            for (int j = 0; j < dimension; j++) {
                entry |= grid.levels()[point * dimension + j] << (bits * j);
            }
            return entry;
        }
    }

    /** The search in one method: vectors passed between methods are allocated as objects unless the compiler inlines the methods. */
    @Override
    public int nearest(int number, float[] x, int from, float scale, float[] weights, int weightsFrom, float[] ofLevel) {
        int dimension = lists.dimension;
        FloatVector values = FloatVector.fromArray(GroupLanes.FLOATS, ofLevel, 0).mul(scale);
        for (int j = 0; j < dimension; j++) {
            FloatVector difference = values.sub(x[from + j]);
            difference.mul(weights[weightsFrom + j]).mul(difference).intoArray(errors, j * GroupLanes.COUNT);
        }
        int start = lists.starts[number];
        int end = lists.starts[number + 1];
        FloatVector min = FloatVector.broadcast(GroupLanes.FLOATS, Float.MAX_VALUE);
        IntVector at = IntVector.zero(GroupLanes.INTS).addIndex(1);
        IntVector leastAt = at;
        for (int i = start; i < end; i += GroupLanes.COUNT) {
            IntVector levels = IntVector.fromArray(GroupLanes.INTS, lists.entries, i);
            FloatVector error = FloatVector.zero(GroupLanes.FLOATS);
            for (int j = 0; j < dimension; j++) {
                // by the lowest bits; higher ones choose between repetitions of the same
                IntVector table = FloatVector.fromArray(GroupLanes.FLOATS, errors, j * GroupLanes.COUNT).reinterpretAsInts();
                error = error.add(levels.selectFrom(table).reinterpretAsFloats());
                levels = levels.lanewise(VectorOperators.LSHR, lists.bits);
            }
            VectorMask<Float> less = error.compare(VectorOperators.LT, min);
            min = min.blend(error, less);
            leastAt = leastAt.blend(at, less.cast(GroupLanes.INTS));
            at = at.add(GroupLanes.COUNT);
        }
        IntVector leastBits = min.reinterpretAsInts(); // errors are not negative, so they are in the order of their bits
        VectorMask<Integer> smallest = leastBits.eq(leastBits.reduceLanes(VectorOperators.MIN));
        return lists.entries[start + leastAt.reduceLanes(VectorOperators.MIN, smallest)] >>> POINT_SHIFT;
    }
}
