package dev.nibble;

import java.util.List;

/**
 * A tensor and its planned type.
 *
 * @param name name in the file to be written
 * @param shape outermost dimension first
 * @param from type in the source, such as {@code BF16}
 * @param to type in the result, such as {@code Q4_K}
 * @param sourceBytes size in the source
 * @param bytes size in the result
 * @param note reason for a type other than the requested one; mostly empty
 */
public record TensorPlan(String name, List<Long> shape, String from, String to, long sourceBytes, long bytes, String note) {
    public TensorPlan {
        shape = List.copyOf(shape);
    }

    /** Number of values. */
    public long numbers() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }
}
