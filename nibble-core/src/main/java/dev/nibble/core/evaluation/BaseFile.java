package dev.nibble.core.evaluation;

import dev.nibble.EvaluatedModel;
import dev.nibble.Perplexity;
import dev.nibble.core.kernel.Stage;
import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Predictions of a model over a text, saved to compare other models with. Little-endian:
 *
 * <pre>
 *   "NIBBASE1"   8 bytes
 *   u32          length of the header in bytes
 *   header       JSON: model, bytes, parameters, fingerprint, protocol, vocabulary, windows, window_length, first_scored
 *   i32          tokens of all windows
 *   rows         one per scored token, see {@link LogProbabilityRow}
 * </pre>
 *
 * <p>
 * Not thread-safe. Memory: the tokens and one row.
 */
public final class BaseFile implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;
    private final BaseHeader header;
    private final Windows windows;
    private final long firstRow;
    private final ByteBuffer buffer;

    private BaseFile(Path path, FileChannel channel, BaseHeader header, Windows windows, long firstRow) {
        this.path = path;
        this.channel = channel;
        this.header = header;
        this.windows = windows;
        this.firstRow = firstRow;
        this.buffer = ByteBuffer.allocate(LogProbabilityRow.bytes(header.vocabulary())).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** @throws MalformedFileException if it is not a complete base file */
    public static BaseFile open(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            return over(path, channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Opens the file in a channel and takes over the channel. */
    static BaseFile over(Path path, FileChannel channel) throws IOException {
        ByteBuffer prefix = read(path, channel, 0, BaseHeader.PREFIX);
        byte[] magic = new byte[BaseHeader.MAGIC.length];
        prefix.get(magic);
        if (!Arrays.equals(magic, BaseHeader.MAGIC)) {
            throw malformed(path, 0, "MAGIC", "is not a base file: those begin with NIBBASE1 and are written by a comparison");
        }
        int length = prefix.getInt();
        if (length < 2 || length > BaseHeader.LONGEST) {
            throw malformed(path, magic.length, "HEADER", "a header of " + Integer.toUnsignedLong(length) + " bytes, the limit is "
                    + BaseHeader.LONGEST);
        }
        byte[] json = new byte[length];
        read(path, channel, BaseHeader.PREFIX, length).get(json);
        BaseHeader header = BaseHeader.parse(path, new String(json, StandardCharsets.UTF_8));
        long tokens = BaseHeader.PREFIX + (long) length;
        long expected = tokens + header.tokenBytes() + header.rowBytes();
        if (channel.size() != expected) {
            throw malformed(path, channel.size(), "SIZE", "has " + channel.size() + " bytes, its header says " + expected);
        }
        return new BaseFile(path, channel, header, windows(path, channel, header, tokens), tokens + header.tokenBytes());
    }

    private static Windows windows(Path path, FileChannel channel, BaseHeader header, long from) throws IOException {
        List<int[]> windows = new ArrayList<>();
        int bytes = header.length() * Integer.BYTES;
        for (int i = 0; i < header.windows(); i++) {
            int[] tokens = new int[header.length()];
            read(path, channel, from + (long) i * bytes, bytes).asIntBuffer().get(tokens);
            for (int k = 0; k < tokens.length; k++) {
                if (tokens[k] < 0 || tokens[k] >= header.vocabulary()) {
                    throw malformed(path, from + (long) i * bytes + (long) k * Integer.BYTES, "TOKEN",
                            "token " + tokens[k] + " of " + header.vocabulary());
                }
            }
            windows.add(tokens);
        }
        return new Windows(header.length(), header.firstScored(), windows);
    }

    public Path path() {
        return path;
    }

    public EvaluatedModel facts() {
        return header.facts();
    }

    public Windows windows() {
        return windows;
    }

    public int vocabulary() {
        return header.vocabulary();
    }

    /** Perplexity of the saved model. */
    public Perplexity perplexity() throws IOException {
        PerplexityRun sum = new PerplexityRun(windows);
        Stage silent = Stage.silent();
        for (int window = 0; window < windows.count(); window++) {
            for (int position = header.firstScored(); position < header.length(); position++) {
                double nll = read(path, channel, at(window, position), Double.BYTES).getDouble();
                sum.add(window, position, nll, silent);
            }
        }
        return sum.result();
    }

    private long at(int window, int position) {
        long row = (long) window * (header.length() - header.firstScored()) + position - header.firstScored();
        return firstRow + row * buffer.capacity();
    }

    /** Reads the row of a scored token. */
    void read(int window, int position, LogProbabilityRow target) {
        long at = at(window, position);
        try {
            read(path, channel, at, buffer.clear());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        target.read(buffer);
        if (!target.isSound()) {
            throw malformed(path, at, "ROW", "the row of window " + window + ", position " + position + " is not a distribution");
        }
    }

    private static ByteBuffer read(Path path, FileChannel channel, long from, int count) throws IOException {
        return read(path, channel, from, ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN));
    }

    private static ByteBuffer read(Path path, FileChannel channel, long from, ByteBuffer target) throws IOException {
        while (target.hasRemaining()) {
            if (channel.read(target, from + target.position()) < 0) {
                throw malformed(path, from, "TRUNCATED", "ends within the " + target.capacity() + " bytes that begin here");
            }
        }
        return target.flip();
    }

    private static MalformedFileException malformed(Path path, long offset, String code, String reason) {
        return new MalformedFileException("BASE_" + code, path, offset, "", reason);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
