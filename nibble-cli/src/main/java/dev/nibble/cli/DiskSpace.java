package dev.nibble.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a job needs of the disk that its target is on, and what that has.
 *
 * @param needed bytes of the result and of all that is kept beside it meanwhile
 * @param free   bytes that may be written
 */
record DiskSpace(Path target, long needed, long free) {
    /** For a target whose folder is there. */
    static DiskSpace of(Path target, long needed) throws IOException {
        return new DiskSpace(target, needed, Files.getFileStore(target.toAbsolutePath().normalize().getParent()).getUsableSpace());
    }

    boolean isEnough() {
        return needed <= free;
    }

    /** Now, not after an hour of work. @throws IOException if it is not enough */
    void check() throws IOException {
        if (!isEnough()) {
            throw new IOException(target + ": needs " + Units.bytes(needed) + " on this disk, and " + Units.bytes(free)
                    + " are free; make room, or write to another disk with -o");
        }
    }
}
