package dev.nibble.core.layout;

import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.GroupAffine.Zero;
import dev.nibble.core.codec.GroupCodec;
import dev.nibble.core.codec.ScaleFormat;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Converts grouped rows to blocks. Columns are sorted by group, so that a scattered group (act-order) becomes a permutation of the input;
 * the block is the largest that divides all groups, and a group of several blocks repeats its scale in each.
 */
final class GroupedWeight implements StoredWeight {
    private final GroupedRows rows;
    private final int[] order; // stored column i is column order[i] of the file
    private final boolean reordered;
    private final GroupCodec codec;
    private final List<String> warnings;
    private final ActivationQuantization rounding;
    private final List<Transform> before;

    GroupedWeight(GroupedRows rows, List<String> warnings) {
        this(rows, warnings, ActivationQuantization.NONE, List.of());
    }

    GroupedWeight(GroupedRows rows, List<String> warnings, ActivationQuantization rounding) {
        this(rows, warnings, rounding, List.of());
    }

    /**
     * @param rounding quantization of the layer's input
     * @param before   transforms of its input before columns are reordered
     */
    GroupedWeight(GroupedRows rows, List<String> warnings, ActivationQuantization rounding, List<Transform> before) {
        this.rows = rows;
        this.before = before;
        this.rounding = rounding;
        this.warnings = warnings;
        this.order = byGroup(rows.groups());
        this.reordered = !isSorted(order);
        this.codec = rows.codec().withGroup(commonRun(rows.groups(), order));
    }

    /** A stable counting sort. */
    private static int[] byGroup(int[] groups) {
        int largest = Arrays.stream(groups).max().orElse(0);
        int[] next = new int[largest + 2];
        for (int group : groups) {
            next[group + 1]++;
        }
        for (int group = 0; group < largest; group++) {
            next[group + 1] += next[group];
        }
        int[] order = new int[groups.length];
        for (int column = 0; column < groups.length; column++) {
            order[next[groups[column]]++] = column;
        }
        return order;
    }

    private static boolean isSorted(int[] order) {
        for (int i = 0; i < order.length; i++) {
            if (order[i] != i) {
                return false;
            }
        }
        return true;
    }

    /** The greatest common divisor of the sizes of all groups. */
    private static int commonRun(int[] groups, int[] order) {
        int common = 0;
        int start = 0;
        for (int i = 1; i <= order.length; i++) {
            if (i == order.length || groups[order[i]] != groups[order[start]]) {
                common = divisor(common, i - start);
                start = i;
            }
        }
        return common;
    }

    private static int divisor(int a, int b) {
        return b == 0 ? a : divisor(b, a % b);
    }

    /**
     * The codec of a weight as held by GPTQ and AWQ: with integer zero points and scales of 16 bits.
     *
     * @param holds what the layout holds, for the error message
     * @throws UnsupportedException if the codec is another
     */
    static GroupAffine integers(String name, Codec codec, Set<Integer> bits, String holds) {
        return WeightLayouts.held(name, codec, GroupAffine.class,
                affine -> bits.contains(affine.bits()) && affine.zero() != Zero.FLOAT && affine.scaleFormat() != ScaleFormat.F32,
                holds + " with integer zero points and scales of 16 bits");
    }

    @Override
    public GroupCodec codec() {
        return codec;
    }

    @Override
    public Shape shape() {
        return Shape.of(rows.rows(), rows.columns());
    }

    @Override
    public boolean isTransformed() {
        return reordered || !before.isEmpty();
    }

    @Override
    public List<String> warnings() {
        return warnings;
    }

    @Override
    public Weight read(Arena arena) {
        MemorySegment data = arena.allocate(codec.bytes(shape().count()), Long.BYTES);
        byte[] stored = new byte[rows.columns()];
        byte[] sorted = new byte[rows.columns()];
        int[] groups = rows.groups();
        long at = 0;
        for (int row = 0; row < rows.rows(); row++) {
            rows.codes(row, stored);
            for (int i = 0; i < order.length; i++) {
                sorted[i] = stored[order[i]];
            }
            for (int i = 0; i < order.length; i += codec.groupSize()) {
                int group = groups[order[i]];
                codec.write(data, at, rows.scale(row, group), rows.zeroPoint(row, group), sorted, i);
                at += codec.blockBytes();
            }
        }
        Tensor values = new Tensor(codec, shape(), data);
        List<Transform> transforms = new ArrayList<>(before);
        if (reordered) {
            transforms.add(new Transform.Permutation(order));
        }
        return new Weight(values, transforms, List.of(), rounding);
    }
}
