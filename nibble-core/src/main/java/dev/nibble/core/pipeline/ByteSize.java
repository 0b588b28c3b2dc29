package dev.nibble.core.pipeline;

import java.util.Locale;

/** Human-readable sizes. */
public final class ByteSize {
    private ByteSize() {}

    /** A size as text, such as {@code 4.88 KiB}. */
    public static String text(long bytes) {
        if (bytes < 1024) {
            return bytes + " B";
        }
        double size = bytes;
        String unit = "B";
        for (String larger : new String[]{"KiB", "MiB", "GiB", "TiB"}) {
            if (size < 1024) {
                break;
            }
            size /= 1024;
            unit = larger;
        }
        return String.format(Locale.ROOT, size < 10 ? "%.2f %s" : "%.1f %s", size, unit);
    }
}
