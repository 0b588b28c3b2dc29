package dev.nibble.core.checkpoint.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A file that appears under its name complete, or not at all. The bytes go to {@code .NAME.nibble-XXXXXXXX.partial} in the same folder;
 * {@link #commit} syncs them, renames the file and syncs the folder. {@link #close} without it, an exception while writing, and termination
 * by a signal all remove the temporary file; only {@code kill -9} and power loss leave one behind, which is deleted by the next write to
 * the same name, since nobody holds its lock.
 */
public final class AtomicFile implements AutoCloseable {
    private static final Set<Path> TEMPORARIES = ConcurrentHashMap.newKeySet();
    private static final int LONGEST_NAME = 255;
    private static final String END = ".partial";
    private static final int SUFFIX = ".".length() + ".nibble-01234567.partial".length();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(AtomicFile::removeAll, "nibble-remove-temporaries"));
    }

    /** Opens the channel of the temporary file; tests inject failing disks here. */
    @FunctionalInterface
    interface Opener {
        FileChannel open(Path path) throws IOException;
    }

    private final Path target;
    private final Path temporary;
    private final boolean overwrite;
    private final FileChannel channel;
    private volatile boolean failed;
    private volatile boolean committed;

    private AtomicFile(Path target, Path temporary, boolean overwrite, FileChannel channel) {
        this.target = target;
        this.temporary = temporary;
        this.overwrite = overwrite;
        this.channel = channel;
    }

    /** @throws FileAlreadyExistsException if the file exists and {@code overwrite} is false */
    public static AtomicFile create(Path target, boolean overwrite) throws IOException {
        return create(target, overwrite,
                path -> FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    /** Writes a whole file. */
    public static void write(Path target, byte[] bytes, boolean overwrite) throws IOException {
        try (AtomicFile file = create(target, overwrite)) {
            file.write(0, ByteBuffer.wrap(bytes));
            file.commit();
        }
    }

    static AtomicFile create(Path target, boolean overwrite, Opener opener) throws IOException {
        Path absolute = target.toAbsolutePath();
        if (Files.exists(absolute, LinkOption.NOFOLLOW_LINKS)) {
            if (!overwrite) {
                throw existsAlready(target);
            }
            if (Files.exists(absolute) && !Files.isRegularFile(absolute)) {
                throw new FileSystemException(target.toString(), null, "is not a regular file and cannot be replaced by one");
            }
        }
        removeLeftovers(absolute);
        Path temporary = absolute.resolveSibling(temporaryName(absolute.getFileName().toString()));
        TEMPORARIES.add(temporary);
        try {
            FileChannel channel = opener.open(temporary);
            lock(channel);
            return new AtomicFile(absolute, temporary, overwrite, channel);
        } catch (IOException | RuntimeException e) {
            TEMPORARIES.remove(temporary);
            throw e;
        }
    }

    private static String temporaryName(String name) {
        return temporaryStart(name) + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt()) + END;
    }

    private static String temporaryStart(String name) {
        String kept = name;
        while (Utf8.encode(kept).length > LONGEST_NAME - SUFFIX) {
            kept = kept.substring(0, kept.offsetByCodePoints(kept.length(), -1));
        }
        return "." + kept + ".nibble-";
    }

    /** Deletes temporary files left by killed processes for the same target. */
    private static void removeLeftovers(Path target) {
        Pattern leftover = Pattern
                .compile(Pattern.quote(temporaryStart(target.getFileName().toString())) + "[0-9a-f]{8}" + Pattern.quote(END));
        try (Stream<Path> files = Files.list(target.getParent())) {
            for (Path file : files.filter(path -> leftover.matcher(path.getFileName().toString()).matches()).toList()) {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    if (lock(channel)) {
                        Files.deleteIfExists(file);
                    }
                }
            }
        } catch (IOException | UncheckedIOException e) {
            // another user's, or already gone; neither prevents this file from being written
        }
    }

    /** @return whether this channel now holds the file's lock, until it is closed or the process ends */
    private static boolean lock(FileChannel channel) {
        try {
            return channel.tryLock() != null;
        } catch (IOException | OverlappingFileLockException | UnsupportedOperationException e) {
            return false; // a file system without locks, or a file that this process is writing
        }
    }

    public Path target() {
        return target;
    }

    /** Writes all remaining bytes of {@code bytes} at {@code position}; thread-safe. */
    public void write(long position, ByteBuffer bytes) throws IOException {
        long at = position;
        try {
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Sets the size of the file; unwritten bytes read as zeros. */
    public void setSize(long size) throws IOException {
        try {
            if (size < channel.size()) {
                channel.truncate(size);
            } else if (size > channel.size()) {
                channel.write(ByteBuffer.allocate(1), size - 1);
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Syncs, renames, syncs the folder. The file is closed afterwards in any case. */
    public void commit() throws IOException {
        if (failed || committed) {
            throw new IllegalStateException(committed ? "committed already" : "writing failed before");
        }
        try {
            channel.force(true);
            channel.close();
            rename();
            committed = true;
            TEMPORARIES.remove(temporary);
            syncFolder();
        } catch (IOException e) {
            throw committed ? e : failed(e);
        }
    }

    /** Renames; without permission to overwrite by a hard link, which unlike a rename fails if another process was faster. */
    private void rename() throws IOException {
        if (!overwrite) {
            if (linked()) {
                Files.delete(temporary);
                return;
            }
            if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                throw existsAlready(target);
            }
        }
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private boolean linked() throws IOException {
        try {
            Files.createLink(target, temporary);
            return true;
        } catch (FileAlreadyExistsException e) {
            throw existsAlready(target);
        } catch (UnsupportedOperationException | FileSystemException e) {
            return false; // a file system without hard links
        }
    }

    private static FileAlreadyExistsException existsAlready(Path target) {
        return new FileAlreadyExistsException(target.toString(), null, "exists already");
    }

    private void syncFolder() throws IOException {
        if (target.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            try (FileChannel folder = FileChannel.open(target.getParent(), StandardOpenOption.READ)) {
                folder.force(true);
            }
        }
    }

    private IOException failed(IOException cause) {
        failed = true;
        deleteTemporary(cause);
        if (cause instanceof FileAlreadyExistsException) {
            return cause;
        }
        String reason = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return new IOException(target + ": " + reason + "; the temporary file was removed", cause);
    }

    private void deleteTemporary(Exception cause) {
        try {
            Files.deleteIfExists(temporary);
            TEMPORARIES.remove(temporary);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    @Override
    public void close() throws IOException {
        if (committed) {
            return;
        }
        try {
            channel.close();
        } finally {
            Files.deleteIfExists(temporary);
            TEMPORARIES.remove(temporary);
        }
    }

    private static void removeAll() {
        for (Path temporary : TEMPORARIES) {
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException e) {
                // there is nobody to report to, and the name identifies the file
            }
        }
    }
}
