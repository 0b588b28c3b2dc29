package dev.nibble.core.recipe;

import dev.nibble.core.UnsupportedException;
import dev.nibble.core.checkpoint.Checksums;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The weights that a long job has finished, in a file beside its result, so that the job can go on where a crash ended it. What a crash left
 * half written at the end is dropped. Weights do not depend on when they were chosen, so the result has the same bytes.
 *
 * <pre>
 *   byte 0..31   SHA-256 of what the job is: source, options, calibration
 *   then         for each weight: i64 bytes of the body; i64 CRC-32C of the body; the body:
 *                layer, codec (UTF), i32 rows, i32 columns, i32 length of the permutation or 0, the permutation, the blocks
 * </pre>
 */
public final class WeightJournal implements AutoCloseable {
    private static final int KEY_BYTES = 32;
    private static final int HEAD_BYTES = 16;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    /** Where a body is. */
    private record Place(long offset, int bytes) {}

    private final FileChannel file;
    private final Map<String, Place> places = new HashMap<>();

    private WeightJournal(FileChannel file) {
        this.file = file;
    }

    /**
     * Opens the journal of a job, or begins one.
     *
     * @param job all that the weights depend on
     * @throws UnsupportedException if the file is the journal of another job
     */
    public static WeightJournal open(Path path, String job) throws IOException {
        FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            byte[] key = key(job);
            WeightJournal journal = new WeightJournal(file);
            if (file.size() < KEY_BYTES) {
                file.truncate(0);
                file.write(ByteBuffer.wrap(key), 0);
            } else if (!Arrays.equals(journal.bytes(0, KEY_BYTES), key)) {
                throw new UnsupportedException(
                        path + ": is the journal of another job, whose model, options or calibration differ; give those"
                                + " again, or remove it");
            }
            journal.scan();
            return journal;
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static byte[] key(String job) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(job.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Finds the whole records, and cuts off the rest. */
    private void scan() throws IOException {
        long at = KEY_BYTES;
        while (at + HEAD_BYTES <= file.size()) {
            ByteBuffer head = ByteBuffer.wrap(bytes(at, HEAD_BYTES));
            long length = head.getLong();
            long checksum = head.getLong();
            if (length < 1 || length > Integer.MAX_VALUE - 8 || length > file.size() - at - HEAD_BYTES) {
                break;
            }
            byte[] body = bytes(at + HEAD_BYTES, (int) length);
            if (Checksums.crc32c(MemorySegment.ofArray(body)) != (int) checksum) {
                break;
            }
            places.put(new DataInputStream(new ByteArrayInputStream(body)).readUTF(), new Place(at + HEAD_BYTES, body.length));
            at += HEAD_BYTES + length;
        }
        file.truncate(at);
    }

    private byte[] bytes(long offset, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        int read = 0;
        while (bytes.hasRemaining() && read >= 0) {
            read = file.read(bytes, offset + bytes.position());
        }
        return bytes.array();
    }

    /** Weights that are in it. */
    public int size() {
        return places.size();
    }

    /** A layer's weight, if it was finished. @param codec that it is asked for in */
    Optional<Weight> find(String layer, Codec codec, Arena arena) throws IOException {
        Place place = places.get(layer);
        if (place == null) {
            return Optional.empty();
        }
        byte[] body = bytes(place.offset, place.bytes);
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(body));
        in.readUTF();
        if (!in.readUTF().equals(codec.name())) {
            return Optional.empty();
        }
        Shape shape = Shape.of(in.readInt(), in.readInt());
        int[] order = new int[in.readInt()];
        for (int i = 0; i < order.length; i++) {
            order[i] = in.readInt();
        }
        MemorySegment blocks = arena.allocate(codec.bytes(shape.count()), Long.BYTES);
        MemorySegment.copy(body, body.length - in.available(), blocks, BYTE, 0, in.available());
        return Optional.of(
                new Weight(new Tensor(codec, shape, blocks), order.length == 0 ? List.of() : List.of(new Transform.Permutation(order))));
    }

    /** Remembers a finished weight; it is on the disk when this returns. */
    void add(String layer, Weight weight) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(body);
        out.writeUTF(layer);
        out.writeUTF(weight.values().codec().name());
        out.writeInt(Math.toIntExact(weight.values().rows()));
        out.writeInt(Math.toIntExact(weight.values().columns()));
        int[] order = weight.inputTransforms().stream().filter(Transform.Permutation.class::isInstance)
                .map(Transform.Permutation.class::cast).map(Transform.Permutation::order).findFirst().orElse(new int[0]);
        out.writeInt(order.length);
        for (int column : order) {
            out.writeInt(column);
        }
        out.write(weight.values().data().toArray(BYTE));
        append(layer, body.toByteArray());
    }

    private void append(String layer, byte[] body) throws IOException {
        long at = file.size();
        ByteBuffer record = ByteBuffer.allocate(HEAD_BYTES + body.length).putLong(body.length)
                .putLong(Checksums.crc32c(MemorySegment.ofArray(body))).put(body).flip();
        while (record.hasRemaining()) {
            file.write(record, at + record.position());
        }
        file.force(false);
        places.put(layer, new Place(at + HEAD_BYTES, body.length));
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
