package dev.nibble.core.job;

import dev.nibble.core.checkpoint.io.Checksums;
import dev.nibble.core.fold.ScaleSearch;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.Advice;
import dev.nibble.error.Setting;
import dev.nibble.error.UnsupportedException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a long job has finished, in a file beside its result, so that the job can go on where a crash ended it: the scales of its inputs and its
 * weights. What a crash left half written at the end is dropped. Nothing depends on when it was found, so the result has the same bytes.
 *
 * <pre>
 *   byte 0..31   SHA-256 of what the job is: source, options, calibration
 *   then         records: i64 bytes of the body; i64 CRC-32C of the body; the body: name (UTF) and what was finished, one of
 *                "weight " and the layer        a {@link JournaledWeight}
 *                "scale " and the first layer   i32 channels, their factors
 *                "file " and a name             i64 bytes and i64 time of change of a file that was finished
 * </pre>
 */
public final class WeightJournal implements ScaleSearch.FoundScales, AutoCloseable {
    private static final int KEY_BYTES = 32;
    private static final int HEAD_BYTES = 16;
    private static final String WEIGHT = "weight ";
    private static final String SCALE = "scale ";
    private static final String FILE = "file ";

    /** Where a body is. */
    private record Place(long offset, int bytes) {}

    /** Writes what a record holds behind its name. */
    @FunctionalInterface
    private interface Body {
        void write(DataOutputStream out) throws IOException;
    }

    private final FileChannel file;
    private final Map<String, Place> places = new HashMap<>();

    private WeightJournal(FileChannel file) {
        this.file = file;
    }

    /** Begins the journal of a job; what is there under this name is lost. @param job all that the results depend on */
    public static WeightJournal begin(Path path, String job) throws IOException {
        Files.deleteIfExists(path);
        return resume(path, job);
    }

    /**
     * Opens what is there of the journal of a job, or begins one.
     *
     * @param job all that the results depend on
     * @throws UnsupportedException if the file is the journal of another job
     */
    public static WeightJournal resume(Path path, String job) throws IOException {
        return resume(FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE), path, job);
    }

    /** The same of an open file, which the journal closes. */
    static WeightJournal resume(FileChannel file, Path path, String job) throws IOException {
        try {
            byte[] key = key(job);
            WeightJournal journal = new WeightJournal(file);
            if (file.size() < KEY_BYTES) {
                file.truncate(0);
                journal.write(ByteBuffer.wrap(key), 0);
            } else if (!Arrays.equals(journal.bytes(0, KEY_BYTES), key)) {
                throw new UnsupportedException(
                        Advice.of("%s: is the journal of another job, whose model, options or calibration differ; give"
                                + " those again, or leave out %s to start anew", path, Setting.RESUME.any()));
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

    /** Whether nothing is in it. */
    public boolean isEmpty() {
        return places.isEmpty();
    }

    /** Weights that are in it. */
    public int weights() {
        return (int) places.keySet().stream().filter(name -> name.startsWith(WEIGHT)).count();
    }

    /** A layer's weight, if it was finished. @param codec that it is asked for in */
    Optional<Weight> find(String layer, Codec codec, Arena arena) throws IOException {
        Optional<DataInputStream> record = record(WEIGHT + layer);
        return record.isPresent() ? JournaledWeight.read(record.get(), codec, arena) : Optional.empty();
    }

    /** Remembers a finished weight; it is on the disk when this returns. */
    void add(String layer, Weight weight) throws IOException {
        append(WEIGHT + layer, out -> JournaledWeight.write(weight, out));
    }

    @Override
    public Optional<float[]> findScale(String layer) throws IOException {
        Optional<DataInputStream> record = record(SCALE + layer);
        return record.isPresent() ? Optional.of(JournaledWeight.readFloats(record.get().readInt(), record.get())) : Optional.empty();
    }

    @Override
    public void addScale(String layer, float[] scale) throws IOException {
        append(SCALE + layer, out -> {
            out.writeInt(scale.length);
            JournaledWeight.writeFloats(scale, out);
        });
    }

    /** Whether a file is there as it was when it was {@link #addFile added}. */
    public boolean knows(Path path) throws IOException {
        Optional<DataInputStream> record = record(FILE + path.getFileName());
        return record.isPresent() && Files.isRegularFile(path) && record.get().readLong() == Files.size(path)
                && record.get().readLong() == Files.getLastModifiedTime(path).toMillis();
    }

    /** Remembers that a file beside it is finished. */
    public void addFile(Path path) throws IOException {
        long bytes = Files.size(path);
        long changed = Files.getLastModifiedTime(path).toMillis();
        append(FILE + path.getFileName(), out -> {
            out.writeLong(bytes);
            out.writeLong(changed);
        });
    }

    private Optional<DataInputStream> record(String name) throws IOException {
        Place place = places.get(name);
        if (place == null) {
            return Optional.empty();
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes(place.offset, place.bytes)));
        in.readUTF();
        return Optional.of(in);
    }

    private void append(String name, Body body) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeUTF(name);
        body.write(out);
        append(name, bytes.toByteArray());
    }

    private void append(String name, byte[] body) throws IOException {
        long at = file.size();
        ByteBuffer record = ByteBuffer.allocate(HEAD_BYTES + body.length).putLong(body.length)
                .putLong(Checksums.crc32c(MemorySegment.ofArray(body))).put(body).flip();
        write(record, at);
        file.force(false);
        places.put(name, new Place(at + HEAD_BYTES, body.length));
    }

    private void write(ByteBuffer bytes, long at) throws IOException {
        while (bytes.hasRemaining()) {
            file.write(bytes, at + bytes.position());
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
