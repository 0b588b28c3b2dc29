package dev.nibble.core.model.architecture;

import dev.nibble.core.model.mapping.GgufHyperparameters;

/**
 * The method of context extension in a GGUF file, as llama.cpp reads it: a factor of 0 is none, a factor without a type is of linear
 * scaling, and files of 2023 name it {@code rope.scale_linear}.
 *
 * @param type   {@code rope.scaling.type}, {@code none} without scaling
 * @param factor new context length / trained one; 1 without scaling
 */
record GgufScaling(String type, double factor) {
    static GgufScaling of(GgufHyperparameters facts) {
        double old = facts.optionalReal("rope.scale_linear", 0, ConfigRope.MAX).orElse(0);
        double factor = facts.optionalReal("rope.scaling.factor", 0, ConfigRope.MAX).orElse(old);
        String type = facts.text("rope.scaling.type").orElse(factor > 0 ? "linear" : "none");
        return new GgufScaling(type, factor > 0 ? factor : 1);
    }
}
