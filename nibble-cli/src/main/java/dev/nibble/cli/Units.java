package dev.nibble.cli;

import dev.nibble.core.pipeline.ByteSize;
import java.util.Locale;

/** Human-readable sizes, counts and times. */
final class Units {
    private Units() {}

    static String bytes(long bytes) {
        return ByteSize.text(bytes);
    }

    static String count(long count) {
        if (count >= 1_000_000_000) {
            return String.format(Locale.ROOT, "%.2f B", count / 1e9);
        }
        return count >= 1_000_000 ? String.format(Locale.ROOT, "%.2f M", count / 1e6) : String.format(Locale.ROOT, "%,d", count);
    }

    static String seconds(double seconds) {
        if (seconds < 60) {
            return String.format(Locale.ROOT, "%.1f s", seconds);
        }
        long whole = Math.round(seconds);
        return whole < 3600 ? "%d:%02d min".formatted(whole / 60, whole % 60) : "%d:%02d h".formatted(whole / 3600, whole % 3600 / 60);
    }
}
