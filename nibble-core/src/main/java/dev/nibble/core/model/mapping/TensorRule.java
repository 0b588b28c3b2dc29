package dev.nibble.core.model.mapping;

import dev.nibble.core.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * A tensor of a model, with its names in GGUF and Hugging Face.
 *
 * @param gguf name in GGUF
 * @param sources source tensors in Hugging Face; one, except for {@link TensorMapping.Stacked} and {@link TensorMapping.Computed}
 * @param shape its shape in GGUF, slowest dimension first
 * @param mapping derivation from the sources
 * @param required whether a model without it is incomplete
 */
public record TensorRule(String gguf, List<String> sources, Shape shape, TensorMapping mapping, boolean required) {
    public TensorRule {
        sources = List.copyOf(sources);
    }

    /** The shape of each source. */
    public Shape sourceShape() {
        if (mapping instanceof TensorMapping.Transposed) {
            return Shape.of(shape.dimension(1), shape.dimension(0));
        }
        if (mapping instanceof TensorMapping.Alternate) {
            List<Long> sides = new ArrayList<>(shape.dimensions());
            sides.set(1, 2 * sides.get(1));
            return new Shape(sides);
        }
        if (mapping instanceof TensorMapping.AlternateColumns columns) {
            return Shape.of(shape.dimension(0), shape.dimension(2), columns.step() * shape.dimension(1));
        }
        return mapping instanceof TensorMapping.Stacked ? new Shape(shape.dimensions().subList(1, shape.rank())) : shape;
    }
}
