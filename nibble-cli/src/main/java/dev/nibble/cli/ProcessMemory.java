package dev.nibble.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Memory use of this process, mapped files included. */
final class ProcessMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d{1,15}) kB");
    private static final double KIB_PER_MIB = 1024;

    private ProcessMemory() {}

    /** Resident MiB; only the Java heap if the system does not report more. */
    static double residentMib() {
        try (Stream<String> lines = Files.lines(STATUS)) {
            return lines.map(RESIDENT::matcher).filter(Matcher::find).mapToLong(found -> Long.parseLong(found.group(1))).findFirst()
                    .orElseThrow(() -> new IOException("no VmRSS")) / KIB_PER_MIB;
        } catch (IOException e) {
            Runtime runtime = Runtime.getRuntime();
            return (runtime.totalMemory() - runtime.freeMemory()) / KIB_PER_MIB / KIB_PER_MIB;
        }
    }
}
