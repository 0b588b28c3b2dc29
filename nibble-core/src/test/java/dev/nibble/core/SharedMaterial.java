package dev.nibble.core;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Reference models, texts and golden bytes kept beside a checkout; tests that need them carry the tag {@code shared}. */
public final class SharedMaterial {
    private static final Path ROOT = Path.of(System.getProperty("nibble.shared", "../../shared"));

    private SharedMaterial() {}

    /** The file or folder of that name; skips the test, by name, where it is absent. */
    public static Path path(String name) {
        Path path = ROOT.resolve(name);
        assumeTrue(Files.exists(path), () -> "reference material is absent: " + path);
        return path;
    }
}
