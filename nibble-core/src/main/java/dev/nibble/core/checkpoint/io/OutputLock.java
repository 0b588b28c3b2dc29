package dev.nibble.core.checkpoint.io;

import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * That this process alone writes an output and what is kept beside it. The system holds the lock, on {@code .NAME.nibble.lock}, so it ends
 * with the process however that ends; the file, in which the process is named, goes when the output is written or the next run is done.
 */
public final class OutputLock implements AutoCloseable {
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();
    private static final int LONGEST_PID = 20;

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> HELD.forEach(OutputLock::remove), "nibble-remove-locks"));
    }

    private final Path file;
    private final Optional<FileChannel> channel;

    private OutputLock(Path file, Optional<FileChannel> channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Takes the output. Where its folder cannot hold a lock, nothing is held: what is wrong with the folder, who writes there says.
     *
     * @throws UnsupportedException if another run is writing it, naming its process
     */
    public static OutputLock of(Path target) throws IOException {
        Path place = target.toAbsolutePath().normalize();
        Path file = place.resolveSibling("." + place.getFileName() + ".nibble.lock");
        if (!HELD.add(file)) { // opening the file again would end our own lock on it
            throw new UnsupportedException(target + " is being written by this process already; wait until that is done");
        }
        try {
            Optional<FileChannel> channel = Optional.empty();
            while (channel.isEmpty() && place.getParent() != null && Files.isWritable(place.getParent())) {
                channel = take(target, file);
            }
            return new OutputLock(file, channel);
        } catch (IOException | RuntimeException e) {
            HELD.remove(file);
            throw e;
        }
    }

    /** Empty if another run removed the file between its opening and its locking. */
    private static Optional<FileChannel> take(Path target, Path file) throws IOException {
        try {
            Files.createFile(file);
        } catch (FileAlreadyExistsException e) {
            // of a run that goes on, or of one that was killed: its lock tells
        }
        FileChannel channel = null;
        try {
            Object before = key(file);
            channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (!lock(channel)) {
                throw busy(target, channel);
            }
            if (key(file).equals(before)) {
                channel.truncate(0);
                channel.write(ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)), 0);
                return Optional.of(channel);
            }
        } catch (NoSuchFileException e) {
            // removed by the run that held it
        } catch (IOException | RuntimeException e) {
            close(channel);
            throw e;
        }
        close(channel);
        return Optional.empty();
    }

    private static void close(FileChannel channel) throws IOException {
        if (channel != null) {
            channel.close();
        }
    }

    private static Object key(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return attributes.fileKey() == null ? attributes.creationTime() : attributes.fileKey();
    }

    private static boolean lock(FileChannel channel) {
        try {
            return channel.tryLock() != null;
        } catch (IOException | UnsupportedOperationException e) {
            return true; // a file system without locks
        }
    }

    private static UnsupportedException busy(Path target, FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(LONGEST_PID);
        channel.read(bytes, 0);
        String pid = new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII);
        String who = pid.matches("\\d+") ? "process " + pid : "another process";
        return new UnsupportedException(target + " is being written by another run of nibble, " + who
                + ": wait until it is done, end it, or name another output (-o)");
    }

    @Override
    public void close() throws IOException {
        if (channel.isPresent()) {
            remove(file); // while the lock is held: nobody else's file is removed
            channel.get().close();
        }
        HELD.remove(file);
    }

    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // it is empty of meaning without its lock; the next run takes it
        }
    }
}
