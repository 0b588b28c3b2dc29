package dev.nibble.core.layout;

import static dev.nibble.core.tensor.LittleEndian.SHORT;

import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.GroupAffine.Zero;
import dev.nibble.core.codec.MixedGroups;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.ScaleFormat;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * EXL2 of ExLlamaV2: groups of inputs with codes of 2 to 8 bits, the most important inputs first.
 *
 * <pre>
 *   q_weight     I32 [words, out]     group after group, each down the columns, the first code in the lowest bits
 *   q_groups     I16 [2 × groups]     bits and first row of words of each group
 *   q_scale      I32 [groups, out/8]  4 bits for each output, the first in the lowest bits
 *   q_scale_max  F16 [groups]
 *   q_invperm    I32 or I16 [in]      stored position of each model input
 *   weight[n][k] = (code − 2^(bits − 1)) × F16(F16(max / 256) × (scale + 1)²), of the group of k
 * </pre>
 *
 * The intermediate roundings are those of the quantizer that chose the codes. Widths are kept ({@link MixedGroups}).
 */
final class Exl2Layout implements ReadOnlyLayout {
    static final Exl2Layout ANY = new Exl2Layout();

    private static final Set<Integer> BITS = Set.of(2, 3, 4, 5, 6, 8);
    private static final int PER_WORD = 8; // codes of scales
    private static final int TILE = 32; // outputs
    private static final float SCALES = 256;

    private Exl2Layout() {}

    @Override
    public String name() {
        return "exl2";
    }

    @Override
    public boolean reads(QuantizationConfig config) {
        return config.method().equals("exl2");
    }

    @Override
    public String describe(QuantizationConfig config) {
        return "EXL2, %s bits per weight, groups of 2 to 8 bits"
                .formatted(config.json().get("bits").map(bits -> Double.toString(bits.real(0, 16))).orElse("unknown"));
    }

    @Override
    public List<String> suffixes() {
        return List.of(".q_weight");
    }

    /** Pads outputs to whole tiles of the kernels. */
    @Override
    public Shape padded(Shape weight) {
        return weight.rank() != 2 ? weight : Shape.of(Math.ceilDiv(weight.rows(), TILE) * TILE, weight.columns());
    }

    @Override
    public StoredWeight find(ComponentTensors parts, QuantizationConfig config) {
        return new Stored(parts);
    }

    /** Position of a group's codes. @param first row of words */
    private record Group(int bits, int first, int inputs) {
        int words() {
            return PackedInts.count(inputs, bits);
        }

        GroupAffine codec() {
            return new GroupAffine(bits, inputs, Zero.NONE, ScaleFormat.F16);
        }
    }

    /** The checked tensors of one layer. */
    private static final class Stored implements StoredWeight {
        private final PackedInts codes;
        private final PackedInts scales;
        private final FloatMatrix largest;
        private final List<Group> groups;
        private final int[] order; // stored input i is the model's input order[i]
        private final MixedGroups codec;

        Stored(ComponentTensors parts) {
            Tensor weight = parts.matrix("q_weight", Plain.I32);
            this.codes = PackedInts.of(weight);
            if (codes.columns() % PER_WORD != 0) {
                throw parts.wrong("q_weight", "LAYOUT_SHAPE", "has " + codes.columns() + " outputs, expected a multiple of " + PER_WORD);
            }
            this.order = order(parts);
            this.groups = groups(parts, codes.rows(), order.length);
            this.scales = PackedInts.of(parts.shaped("q_scale", Shape.of(groups.size(), codes.columns() / PER_WORD), Plain.I32));
            this.largest = parts.finite("q_scale_max", parts.counted("q_scale_max", groups.size(), Plain.F16));
            List<MixedGroups.Part> all = new ArrayList<>();
            for (Group group : groups) {
                boolean more = !all.isEmpty() && all.getLast().codec().equals(group.codec());
                all.add(new MixedGroups.Part(group.codec(), more ? all.removeLast().groups() + 1 : 1));
            }
            this.codec = new MixedGroups(all);
        }

        private static int[] order(ComponentTensors parts) {
            Tensor places = parts.tensor("q_invperm", Plain.I32, Plain.I16);
            int inputs = Math.toIntExact(Math.min(places.shape().count(), Integer.MAX_VALUE));
            boolean narrow = places.codec().equals(Plain.I16);
            PackedInts words = new PackedInts(places.data(), 1, inputs);
            int[] order = new int[inputs];
            boolean[] taken = new boolean[inputs];
            for (int input = 0; input < inputs; input++) {
                int place = narrow ? unsigned(places, input) : words.at(0, input);
                if (place < 0 || place >= inputs || taken[place]) {
                    throw parts.wrong("q_invperm", "LAYOUT_RANGE",
                            "input " + input + " is at position " + place + ", which is out of range or taken; there are " + inputs);
                }
                taken[place] = true;
                order[place] = input;
            }
            return order;
        }

        private static int unsigned(Tensor numbers, long i) {
            return numbers.data().get(SHORT, i * Short.BYTES) & 0xFFFF;
        }

        private static List<Group> groups(ComponentTensors parts, int words, int inputs) {
            Tensor stored = parts.tensor("q_groups", Plain.I16);
            if (stored.shape().count() % 2 != 0) {
                throw parts.wrong("q_groups", "LAYOUT_SHAPE", "has " + stored.shape().count() + " elements, expected two for each group");
            }
            int count = Math.toIntExact(Math.min(stored.shape().count() / 2, Integer.MAX_VALUE));
            List<Group> groups = new ArrayList<>();
            int input = 0;
            int row = 0;
            for (int i = 0; i < count; i++) {
                int bits = unsigned(stored, 2L * i);
                int next = i + 1 < count ? unsigned(stored, 2L * i + 3) : words;
                long filled = (long) (next - row) * PackedInts.BITS;
                if (!BITS.contains(bits) || unsigned(stored, 2L * i + 1) != row || next <= row || i + 1 < count && filled % bits != 0) {
                    throw parts.wrong("q_groups", "LAYOUT_RANGE", "group " + i + " of " + bits + " bits is in rows " + row + " to " + next
                            + " of " + words + "; expected 2, 3, 4, 5, 6 or 8 bits, and whole rows one after the other");
                }
                long size = i + 1 < count ? filled / bits : inputs - input;
                if (size < 1 || input + size > inputs || i + 1 == count && PackedInts.count(size, bits) != next - row) {
                    throw parts.wrong("q_groups", "LAYOUT_RANGE", "group " + i + " of " + bits + " bits in " + (next - row)
                            + " rows of words has inputs " + input + " to " + (input + size) + " of " + inputs);
                }
                groups.add(new Group(bits, row, (int) size));
                input += (int) size;
                row = next;
            }
            return groups;
        }

        @Override
        public Codec codec() {
            return codec;
        }

        @Override
        public Shape shape() {
            return Shape.of(codes.columns(), order.length);
        }

        @Override
        public boolean isTransformed() {
            return true;
        }

        private float scale(int group, int output) {
            int factor = (scales.at(group, output / PER_WORD) >>> output % PER_WORD * 4 & 15) + 1;
            return ScaleFormat.F16.rounded(ScaleFormat.F16.rounded(largest.at(group) / SCALES) * (factor * factor));
        }

        @Override
        public Weight read(Arena arena) {
            MemorySegment data = arena.allocate(codec.bytes(shape().count()), Long.BYTES);
            byte[] row = new byte[order.length];
            for (int output = 0; output < codes.columns(); output++) {
                long at = (long) output * codec.blockBytes();
                for (int i = 0; i < groups.size(); i++) {
                    Group group = groups.get(i);
                    words(group).readDown(output, group.bits, row, group.inputs);
                    group.codec().write(data, at, scale(i, output), 0, row, 0);
                    at += group.codec().blockBytes();
                }
            }
            return new Weight(new Tensor(codec, shape(), data), List.of(new Transform.Permutation(order)));
        }

        private PackedInts words(Group group) {
            long rowBytes = (long) codes.columns() * Integer.BYTES;
            return new PackedInts(codes.data().asSlice(group.first * rowBytes, group.words() * rowBytes), group.words(), codes.columns());
        }
    }
}
