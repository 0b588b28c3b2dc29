package dev.nibble.core.checkpoint.io;

import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;

/** A regular file mapped for reading. Its size is read once, from the open file. */
public final class MappedFile implements AutoCloseable {
    private final Path path;
    private final BasicFileAttributes opened;
    private final Arena arena;
    private final MemorySegment bytes;

    private MappedFile(Path path, BasicFileAttributes opened, Arena arena, MemorySegment bytes) {
        this.path = path;
        this.opened = opened;
        this.arena = arena;
        this.bytes = bytes;
    }

    /** @throws MalformedFileException if it is a directory, a pipe or a device */
    public static MappedFile open(Path path) throws IOException {
        BasicFileAttributes attributes = attributes(path);
        if (!attributes.isRegularFile()) {
            throw new MalformedFileException("NOT_A_REGULAR_FILE", path, -1, "",
                    "expected a file, found a " + (attributes.isDirectory() ? "directory" : "pipe or device"));
        }
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return new MappedFile(path, attributes, arena, channel.map(MapMode.READ_ONLY, 0, channel.size(), arena));
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static BasicFileAttributes attributes(Path path) throws IOException {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class);
        } catch (NoSuchFileException e) {
            throw withCause(new NoSuchFileException(path.toString(), null, "there is no such file"), e);
        }
    }

    private static <E extends Exception> E withCause(E exception, Exception cause) {
        exception.initCause(cause);
        return exception;
    }

    public Path path() {
        return path;
    }

    public long size() {
        return bytes.byteSize();
    }

    public MemorySegment bytes() {
        return bytes;
    }

    /** An arena that lives as long as the mapping. */
    public Arena arena() {
        return arena;
    }

    /** @throws MalformedFileException if the file at this path is no longer the opened one, or was modified since */
    public void verifyUnchanged() throws IOException {
        BasicFileAttributes now = attributes(path);
        if (now.size() != bytes.byteSize()) {
            throw changed("it had " + bytes.byteSize() + " bytes when it was opened and has " + now.size() + " now");
        }
        if (!now.lastModifiedTime().equals(opened.lastModifiedTime()) || !Objects.equals(now.fileKey(), opened.fileKey())) {
            throw changed("it was written to or replaced at " + now.lastModifiedTime());
        }
    }

    private MalformedFileException changed(String how) {
        return new MalformedFileException("FILE_CHANGED", path, -1, "", "the file changed while it was being read: " + how);
    }

    @Override
    public void close() {
        arena.close();
    }
}
