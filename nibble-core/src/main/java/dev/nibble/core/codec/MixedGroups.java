package dev.nibble.core.codec;

import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Rows whose parts have integer codes of different widths, the format of EXL2: a family of codecs, one for every division of a row. Codecs
 * with equal parts are equal. A block is a whole row: the blocks of its first part, those of its second, and so on.
 *
 * <p>
 * Named {@code MIXED-4-5-G4096}: the bit widths, the numbers in a row.
 *
 * @param parts from left to right
 */
public record MixedGroups(List<Part> parts) implements Codec {
    private static final int LARGEST = 1 << 28;

    /**
     * A part of a row.
     *
     * @param codec  codec of its groups
     * @param groups number of groups
     */
    public record Part(GroupAffine codec, int groups) {
        public Part {
            if (groups < 1) {
                throw new IllegalArgumentException("a part of " + groups + " groups");
            }
        }

        /** Numbers in the part. */
        public int columns() {
            return Math.multiplyExact(codec.groupSize(), groups);
        }

        /** Bytes of the part. */
        public int bytes() {
            return Math.multiplyExact(codec.blockBytes(), groups);
        }
    }

    public MixedGroups {
        parts = List.copyOf(parts);
        long bytes = parts.stream().mapToLong(Part::bytes).sum();
        if (parts.isEmpty() || bytes > LARGEST || parts.stream().mapToLong(Part::columns).sum() > LARGEST) {
            throw new IllegalArgumentException("a row of " + parts.size() + " parts in " + bytes + " bytes");
        }
    }

    @Override
    public String name() {
        String widths = parts.stream().map(part -> part.codec.bits()).distinct().sorted().map(String::valueOf)
                .collect(Collectors.joining("-"));
        return "MIXED-" + widths + "-G" + blockSize();
    }

    @Override
    public String purpose() {
        return "integers of different widths in one row: EXL2";
    }

    @Override
    public int blockSize() {
        return parts.stream().mapToInt(Part::columns).sum();
    }

    @Override
    public int blockBytes() {
        return parts.stream().mapToInt(Part::bytes).sum();
    }

    @Override
    public List<RowPart> rowParts() {
        return parts.stream().map(part -> new RowPart(part.codec, part.columns())).toList();
    }

    @Override
    public double roundingError() {
        return parts.stream().mapToDouble(part -> part.codec.roundingError()).max().orElseThrow();
    }

    @Override
    public boolean scalesFinite(MemorySegment source, long offset) {
        long at = offset;
        boolean finite = true;
        for (Part part : parts) {
            for (int group = 0; group < part.groups; group++) {
                finite &= part.codec.scalesFinite(source, at);
                at += part.codec.blockBytes();
            }
        }
        return finite;
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int from, int count) {
        long at = offset;
        for (int row = from; row < from + count;) {
            for (Part part : parts) {
                part.codec.decode(source, at, target, row, part.columns());
                row += part.columns();
                at += part.bytes();
            }
        }
    }

    @Override
    public Block fit(float[] numbers, int from, Importance importance) {
        List<Block> blocks = new ArrayList<>();
        int at = from;
        for (Part part : parts) {
            for (int group = 0; group < part.groups; group++) {
                blocks.add(part.codec.fit(numbers, at, importance));
                at += part.codec.groupSize();
            }
        }
        return new MixedBlock(this, blocks);
    }
}
