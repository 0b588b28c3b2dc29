package dev.nibble.core.checkpoint.imatrix;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.checkpoint.gguf.GgufWriter;
import dev.nibble.core.checkpoint.io.AtomicFile;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.TensorInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Writes importance matrices in llama.cpp's formats, GGUF or the older {@code .dat}; see {@link Imatrix} for their bytes. */
public final class ImatrixWriter {
    /**
     * Sums over the inputs of one matrix.
     *
     * @param squares sum of the squares of each column
     * @param inputs  number of inputs
     */
    public record Sums(double[] squares, long inputs) {}

    /**
     * The entry of one tensor.
     *
     * @param name with {@code .weight}
     * @param sums of its matrix, or of each expert's
     */
    public record Entry(String name, List<Sums> sums) {
        public Entry {
            sums = List.copyOf(sums);
        }
    }

    private ImatrixWriter() {}

    /**
     * @param target    a name ending in {@code .dat} selects the old format
     * @param dataset   name of the text
     * @param chunks    number of windows of text
     * @param chunkSize tokens per window
     */
    public static void write(Path target, List<Entry> entries, String dataset, int chunks, int chunkSize, boolean overwrite)
            throws IOException {
        if (entries.isEmpty()) {
            throw new IllegalArgumentException("an importance matrix without entries");
        }
        if (target.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".dat")) {
            writeDat(target, entries, dataset, chunks, overwrite);
        } else {
            writeGguf(target, entries, dataset, chunks, chunkSize, overwrite);
        }
    }

    private static void writeGguf(Path target, List<Entry> entries, String dataset, int chunks, int chunkSize, boolean overwrite)
            throws IOException {
        GgufMetadata metadata = new GgufMetadata().putString("general.type", "imatrix").putStrings("imatrix.datasets", List.of(dataset))
                .putU32("imatrix.chunk_count", chunks).putU32("imatrix.chunk_size", chunkSize);
        List<TensorInfo> tensors = new ArrayList<>();
        for (Entry entry : entries) {
            tensors.add(new TensorInfo(entry.name + ".in_sum2", Plain.F32, shape(entry, entry.sums.getFirst().squares.length)));
            tensors.add(new TensorInfo(entry.name + ".counts", Plain.F32, shape(entry, 1)));
        }
        try (GgufWriter file = GgufWriter.create(target, metadata, tensors, overwrite)) {
            for (Entry entry : entries) {
                ByteBuffer counts = little(entry.sums.size());
                ByteBuffer squares = little(entry.sums.size() * entry.sums.getFirst().squares.length);
                for (Sums sums : entry.sums) {
                    counts.putFloat((float) sums.inputs);
                    put(squares, sums, 1);
                }
                file.write(entry.name + ".in_sum2", 0, MemorySegment.ofBuffer(squares.flip()));
                file.write(entry.name + ".counts", 0, MemorySegment.ofBuffer(counts.flip()));
            }
            file.commit();
        }
    }

    /** One dimension without experts, as ggml drops dimensions of one. */
    private static Shape shape(Entry entry, int columns) {
        return entry.sums.size() == 1 ? Shape.of(columns) : Shape.of(entry.sums.size(), columns);
    }

    private static ByteBuffer little(int floats) {
        return ByteBuffer.allocate(Math.multiplyExact(floats, Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void put(ByteBuffer target, Sums sums, double factor) {
        for (double square : sums.squares) {
            target.putFloat((float) (square * factor));
        }
    }

    /** Means times {@code chunks}; of an expert that saw no text, ones, as llama.cpp writes: the format cannot say "not measured". */
    private static void putMeans(ByteBuffer target, Sums sums, int chunks) {
        if (sums.inputs == 0) {
            Arrays.stream(sums.squares).forEach(any -> target.putFloat(chunks));
        } else {
            put(target, sums, (double) chunks / sums.inputs);
        }
    }

    /** Values are means times the number of windows, which readers divide by: the format has no count per expert. */
    private static void writeDat(Path target, List<Entry> entries, String dataset, int chunks, boolean overwrite) throws IOException {
        byte[] text = dataset.getBytes(StandardCharsets.UTF_8);
        try (AtomicFile file = AtomicFile.create(target, overwrite)) {
            long position = append(file, 0, ints(entries.size()));
            for (Entry entry : entries) {
                byte[] name = entry.name.getBytes(StandardCharsets.UTF_8);
                int columns = entry.sums.getFirst().squares.length;
                ByteBuffer values = little(columns * entry.sums.size());
                entry.sums.forEach(sums -> putMeans(values, sums, chunks));
                position = append(file, position, ints(name.length));
                position = append(file, position, ByteBuffer.wrap(name));
                position = append(file, position, ints(chunks, columns * entry.sums.size()));
                position = append(file, position, values.flip());
            }
            position = append(file, position, ints(chunks, text.length));
            append(file, position, ByteBuffer.wrap(text));
            file.commit();
        }
    }

    private static ByteBuffer ints(int... numbers) {
        ByteBuffer bytes = little(numbers.length);
        for (int number : numbers) {
            bytes.putInt(number);
        }
        return bytes.flip();
    }

    private static long append(AtomicFile file, long position, ByteBuffer bytes) throws IOException {
        long end = position + bytes.remaining();
        file.write(position, bytes);
        return end;
    }
}
