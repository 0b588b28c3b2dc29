package dev.nibble.core.pipeline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a job needs of the disk that its target is on, and what that has.
 *
 * @param needed bytes of the result and of all that is kept beside it meanwhile
 * @param free   bytes that may be written
 */
public record DiskSpace(Path target, long needed, long free) {
    /** For a target whose folder is there. */
    public static DiskSpace of(Path target, long needed) throws IOException {
        return new DiskSpace(target, needed, Files.getFileStore(target.toAbsolutePath().normalize().getParent()).getUsableSpace());
    }

    public boolean isEnough() {
        return needed <= free;
    }

    /** Now, not after an hour of work. @throws IOException if it is not enough */
    void check() throws IOException {
        if (!isEnough()) {
            throw new IOException(target + ": needs " + ByteSize.text(needed) + " on this disk, and " + ByteSize.text(free)
                    + " are free; remove something, or write to another disk");
        }
    }
}
