package dev.nibble.core.pipeline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Disk space that a job needs, and free space on its target's disk.
 *
 * @param needed bytes of the result and of all temporary files
 * @param free usable bytes on the disk
 */
public record DiskSpace(Path target, long needed, long free) {
    /** Disk space for a target in an existing folder. */
    public static DiskSpace of(Path target, long needed) throws IOException {
        return new DiskSpace(target, needed, Files.getFileStore(target.toAbsolutePath().normalize().getParent()).getUsableSpace());
    }

    public boolean isEnough() {
        return needed <= free;
    }

    /** Checks early, before any work. @throws IOException if it is not enough */
    void check() throws IOException {
        if (!isEnough()) {
            throw new IOException(target + ": needs " + ByteSize.text(needed) + " on this disk, and " + ByteSize.text(free)
                    + " are free; remove something, or write to another disk");
        }
    }
}
