package dev.nibble.core.checkpoint.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** A disk that writes one byte at a time and fails at the n-th operation. */
public final class FailingChannel extends FileChannel {
    private final FileChannel channel;
    private int left;

    public FailingChannel(FileChannel channel, int operations) {
        this.channel = channel;
        this.left = operations;
    }

    private void operation() throws IOException {
        if (left-- == 0) {
            throw new IOException("No space left on device");
        }
    }

    boolean hasFailed() {
        return left < 0;
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
        operation();
        int limit = source.limit();
        source.limit(source.position() + 1);
        int written = channel.write(source, position);
        source.limit(limit);
        return written;
    }

    @Override
    public void force(boolean metadata) throws IOException {
        operation();
        channel.force(metadata);
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        operation();
        return channel.truncate(size);
    }

    @Override
    protected void implCloseChannel() throws IOException {
        channel.close();
    }

    @Override
    public long size() throws IOException {
        return channel.size();
    }

    @Override
    public int write(ByteBuffer source) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int read(ByteBuffer target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int read(ByteBuffer target, long position) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long position() {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileChannel position(long position) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
        throw new UnsupportedOperationException();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
        throw new UnsupportedOperationException();
    }
}
