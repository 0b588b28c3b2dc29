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
 * An exclusive lock on an output and its side files. The operating system holds the lock, on {@code .NAME.nibble.lock}, so it ends with the
 * process in any case; the file, which names the process, is deleted when the output is written or by the next run.
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
     * Acquires the lock. If the folder cannot hold a lock, nothing is locked; faults of the folder are reported on writing.
     *
     * @throws UnsupportedException if another run holds it, naming its process
     */
    public static OutputLock of(Path target) throws IOException {
        Path place = target.toAbsolutePath().normalize();
        Path file = place.resolveSibling("." + place.getFileName() + ".nibble.lock");
        if (!HELD.add(file)) { // opening the file again would release our own lock on it
            throw new UnsupportedException(target + " is being written by this process already; wait until it is done");
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

    /** Empty if another run deleted the file between opening and locking. */
    private static Optional<FileChannel> take(Path target, Path file) throws IOException {
        try {
            Files.createFile(file);
        } catch (FileAlreadyExistsException e) {
            // from an active or a killed run: the lock tells which
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
            // deleted by the run that held it
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
                + ": wait until it is done, end it, or name another output");
    }

    @Override
    public void close() throws IOException {
        if (channel.isPresent()) {
            remove(file); // while the lock is held, so that no other run's file is deleted
            channel.get().close();
        }
        HELD.remove(file);
    }

    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // without its lock the file means nothing; the next run takes it over
        }
    }
}
