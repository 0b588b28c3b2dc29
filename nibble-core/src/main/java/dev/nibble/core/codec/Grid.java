package dev.nibble.core.codec;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The points of a small lattice, in the numbering of an IQ type. A point has one level per coordinate; the type defines the values of the
 * levels. The points are part of the file format, stored one per line in a resource.
 */
public final class Grid {
    private final byte[] levels;
    private final int dimension;

    private Grid(byte[] levels, int dimension) {
        this.levels = levels;
        this.dimension = dimension;
    }

    static Grid load(String name) {
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(Grid.class.getResourceAsStream(name + ".grid"), StandardCharsets.US_ASCII))) {
            List<String> points = reader.lines().filter(line -> !line.startsWith("#")).toList();
            int dimension = points.getFirst().length();
            byte[] levels = new byte[points.size() * dimension];
            for (int i = 0; i < levels.length; i++) {
                levels[i] = (byte) (points.get(i / dimension).charAt(i % dimension) - '0');
            }
            return new Grid(levels, dimension);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The levels of all points, one after another. Must not be modified. */
    public byte[] levels() {
        return levels;
    }

    /** Coordinates of a point. */
    public int dimension() {
        return dimension;
    }

    int points() {
        return levels.length / dimension;
    }

    /** The highest level of any coordinate. */
    public int topLevel() {
        int top = 0;
        for (byte level : levels) {
            top = Math.max(top, level);
        }
        return top;
    }

    /** The coordinates of all points, one after the other, with the value of each level. */
    float[] coordinates(float... ofLevel) {
        float[] coordinates = new float[levels.length];
        for (int i = 0; i < levels.length; i++) {
            coordinates[i] = ofLevel[levels[i]];
        }
        return coordinates;
    }
}
