package dev.nibble.core.inference;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Memory available without swapping; mapped files count as available. */
final class AvailableMemory {
    private static final Path MEMINFO = Path.of("/proc/meminfo");
    private static final Pattern AVAILABLE = Pattern.compile("MemAvailable:\\s+(\\d{1,15}) kB");
    private static final long KIB = 1024;

    private AvailableMemory() {}

    public static long bytes() {
        if (!(ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system)) {
            return Long.MAX_VALUE;
        }
        // the bean respects container limits, but counts the page cache as used
        long container = system.getTotalMemorySize();
        return Files.isReadable(MEMINFO) ? Math.min(container, ofLinux(container)) : system.getFreeMemorySize();
    }

    private static long ofLinux(long otherwise) {
        try (Stream<String> lines = Files.lines(MEMINFO)) {
            return lines.map(AVAILABLE::matcher).filter(Matcher::find).mapToLong(found -> Long.parseLong(found.group(1)) * KIB).findFirst()
                    .orElse(otherwise);
        } catch (IOException e) {
            return otherwise;
        }
    }
}
