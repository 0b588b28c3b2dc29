package dev.nibble.core.evaluation;

import dev.nibble.EvaluatedModel;
import dev.nibble.ProgressListener;
import dev.nibble.core.checkpoint.io.AtomicFile;
import dev.nibble.core.inference.LogitsRun;
import dev.nibble.core.kernel.Stage;
import dev.nibble.core.model.Model;
import dev.nibble.core.tensor.Codec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Runs the model that others are compared with and writes its predictions to a {@link BaseFile}. */
public final class BaseRecording {
    @FunctionalInterface
    private interface Sink {
        void write(long position, ByteBuffer bytes) throws IOException;
    }

    private final Model model;
    private final Windows windows;
    private final Codec kvCodec;
    private final BaseHeader header;

    /** @param kvCodec codec of the KV cache */
    public BaseRecording(Model model, EvaluatedModel facts, Windows windows, Codec kvCodec) {
        this.model = model;
        this.kvCodec = kvCodec;
        this.windows = windows;
        int length = windows.tokens().getFirst().length;
        if (windows.tokens().stream().anyMatch(window -> window.length != length)) {
            throw new IllegalArgumentException("windows of different lengths");
        }
        this.header = new BaseHeader(facts, model.vocabulary(), windows.count(), length, windows.firstScored());
    }

    /** Size of the file to be written. */
    public long bytes() {
        return header.bytes().remaining() + header.tokenBytes() + header.rowBytes();
    }

    /** Writes a temporary file, deleted when it is closed or the process ends. */
    public BaseFile temporary(ProgressListener listener) throws IOException {
        Path path = Files.createTempFile("nibble-base-", ".tmp");
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
        try {
            write((position, bytes) -> {
                long at = position;
                while (bytes.hasRemaining()) {
                    at += channel.write(bytes, at);
                }
            }, listener);
            return BaseFile.over(path, channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Writes a permanent file, which appears once it is complete. */
    public BaseFile to(Path path, boolean overwrite, ProgressListener listener) throws IOException {
        try (AtomicFile file = AtomicFile.create(path, overwrite)) {
            write(file::write, listener);
            file.commit();
        }
        return BaseFile.open(path);
    }

    private void write(Sink sink, ProgressListener listener) throws IOException {
        ByteBuffer head = header.bytes();
        long tokens = head.remaining();
        sink.write(0, head);
        for (int i = 0; i < windows.count(); i++) {
            ByteBuffer bytes = ByteBuffer.allocate(header.length() * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asIntBuffer().put(windows.tokens().get(i));
            sink.write(tokens + (long) i * bytes.capacity(), bytes);
        }
        PerplexityRun sum = new PerplexityRun(windows);
        Stage stage = new Stage(listener, "original", "tokens", windows.computed());
        ByteBuffer buffer = ByteBuffer.allocate(LogProbabilityRow.bytes(header.vocabulary())).order(ByteOrder.LITTLE_ENDIAN);
        long[] next = {tokens + header.tokenBytes()};
        try {
            new LogitsRun(model, windows.tokens(), windows.firstScored(), kvCodec).run((window, position, logits, row) -> {
                int token = windows.tokens().get(window)[position];
                sum.add(window, position, LogProbabilityRow.write(logits, row, token, buffer.clear()), stage);
                put(sink, next[0], buffer.flip());
                next[0] += buffer.capacity();
            }, stage);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static void put(Sink sink, long position, ByteBuffer bytes) {
        try {
            sink.write(position, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
