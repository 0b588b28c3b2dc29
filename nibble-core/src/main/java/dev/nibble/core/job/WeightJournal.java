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
 * Journal of a long job in a file beside its result: finished scales and weights, so that the job can resume after a crash. An incomplete
 * last record is dropped. A resumed job writes the same bytes.
 *
 * <pre>
 *   byte 0..31   SHA-256 of the job: source, options, calibration
 *   then         records: i64 bytes of the body; i64 CRC-32C of the body; the body: name (UTF) and content, one of
 *                "weight " and the layer        a {@link JournaledWeight}
 *                "scale " and the first layer   i32 channels, their scales
 *                "file " and a name             i64 size and i64 modification time of a finished file
 * </pre>
 */
public final class WeightJournal implements ScaleSearch.FoundScales, AutoCloseable {
    private static final int KEY_BYTES = 32;
    private static final int HEAD_BYTES = 16;
    private static final String WEIGHT = "weight ";
    private static final String SCALE = "scale ";
    private static final String FILE = "file ";

    /** Position of a body. */
    private record Position(long offset, int bytes) {}

    /** Writes a record's content after its name. */
    @FunctionalInterface
    private interface Body {
        void write(DataOutputStream out) throws IOException;
    }

    private final FileChannel file;
    private final Map<String, Position> positions = new HashMap<>();

    private WeightJournal(FileChannel file) {
        this.file = file;
    }

    /** Creates the journal of a job, replacing an existing one. @param job description of everything the results depend on */
    public static WeightJournal begin(Path path, String job) throws IOException {
        Files.deleteIfExists(path);
        return resume(path, job);
    }

    /**
     * Opens or creates the journal of a job.
     *
     * @param job description of everything the results depend on
     * @throws UnsupportedException if the file is the journal of another job
     */
    public static WeightJournal resume(Path path, String job) throws IOException {
        return resume(FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE), path, job);
    }

    /** Opens the journal in an open file and takes over the file. */
    static WeightJournal resume(FileChannel file, Path path, String job) throws IOException {
        try {
            byte[] key = key(job);
            WeightJournal journal = new WeightJournal(file);
            if (file.size() < KEY_BYTES) {
                file.truncate(0);
                journal.write(ByteBuffer.wrap(key), 0);
            } else if (!Arrays.equals(journal.bytes(0, KEY_BYTES), key)) {
                throw new UnsupportedException(
                        Advice.of("%s: is the journal of another job, whose model, options or calibration differ; use"
                                + " the same again, or leave out %s to start anew", path, Setting.RESUME.any()));
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

    /** Finds the complete records and truncates the rest. */
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
            positions.put(new DataInputStream(new ByteArrayInputStream(body)).readUTF(), new Position(at + HEAD_BYTES, body.length));
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

    public boolean isEmpty() {
        return positions.isEmpty();
    }

    /** Number of finished weights. */
    public int weights() {
        return (int) positions.keySet().stream().filter(name -> name.startsWith(WEIGHT)).count();
    }

    /** A layer's weight, if it is finished in this codec. */
    Optional<Weight> find(String layer, Codec codec, Arena arena) throws IOException {
        Optional<DataInputStream> record = record(WEIGHT + layer);
        return record.isPresent() ? JournaledWeight.read(record.get(), codec, arena) : Optional.empty();
    }

    /** Adds a finished weight; it is on disk when this returns. */
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

    /** Whether a file exists unchanged since it was {@link #addFile added}. */
    public boolean isUnchanged(Path path) throws IOException {
        Optional<DataInputStream> record = record(FILE + path.getFileName());
        return record.isPresent() && Files.isRegularFile(path) && record.get().readLong() == Files.size(path)
                && record.get().readLong() == Files.getLastModifiedTime(path).toMillis();
    }

    /** Records that a file is finished. */
    public void addFile(Path path) throws IOException {
        long bytes = Files.size(path);
        long changed = Files.getLastModifiedTime(path).toMillis();
        append(FILE + path.getFileName(), out -> {
            out.writeLong(bytes);
            out.writeLong(changed);
        });
    }

    private Optional<DataInputStream> record(String name) throws IOException {
        Position position = positions.get(name);
        if (position == null) {
            return Optional.empty();
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes(position.offset, position.bytes)));
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
        positions.put(name, new Position(at + HEAD_BYTES, body.length));
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
