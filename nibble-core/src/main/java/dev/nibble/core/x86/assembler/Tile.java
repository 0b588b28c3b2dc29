package dev.nibble.core.x86.assembler;

import java.util.Objects;

/**
 * A register of AMX: up to 16 rows of 64 bytes.
 *
 * @param number 0 to 7
 */
public record Tile(int number) {
    private static final int COUNT = 8;

    public Tile {
        Objects.checkIndex(number, COUNT);
    }
}
