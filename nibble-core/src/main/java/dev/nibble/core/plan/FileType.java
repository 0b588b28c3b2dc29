package dev.nibble.core.plan;

import dev.nibble.core.tensor.Codec;
import java.util.EnumMap;
import java.util.Map;

/**
 * A named way to quantize a whole model, such as Q4_K_M: one codec for most tensors, others for those that suffer more.
 *
 * <p>
 * A rule per {@link TensorRole} answers for one {@link Place}; a role without a rule gets the base codec. Built once in {@link FileTypes}.
 */
public final class FileType {
    /** Where in its model a tensor stands: the {@code index}-th of {@code count} of its role. */
    public record Place(int index, int count, ModelFacts model) {
        /** The first and last eighth of the layers, and every third between: those that K-quant mixes keep better. */
        boolean isSensitive() {
            return index < count / 8 || index >= 7 * count / 8 || (index - count / 8) % 3 == 2;
        }

        boolean inFirst(int fraction) {
            return index < count / fraction;
        }

        /** Whether at least four query heads share each value head, so that the value matrix is small. */
        boolean hasSmallValues() {
            return model.groupSize() >= 4;
        }
    }

    /** The codec for a place. */
    @FunctionalInterface
    interface Rule {
        Codec codec(Place place);
    }

    private final String name;
    private final int number;
    private final Codec base;
    private final String purpose;
    private final Map<TensorRole, Rule> rules = new EnumMap<>(TensorRole.class);
    private boolean veryLowBit;
    private boolean expertOutputKept;

    FileType(String name, int fileType, Codec base, String purpose) {
        this.name = name;
        this.number = fileType;
        this.base = base;
        this.purpose = purpose;
    }

    FileType with(TensorRole role, Rule rule) {
        rules.put(role, rule);
        return this;
    }

    FileType with(TensorRole role, Codec codec) {
        return with(role, place -> codec);
    }

    /** The mixes below three bits have rules of their own for models with experts. */
    FileType veryLowBit() {
        veryLowBit = true;
        return this;
    }

    /** With eight experts, the attention output is small beside them and kept at five bits. */
    FileType expertOutputKept() {
        expertOutputKept = true;
        return this;
    }

    /** The name users know: {@code Q4_K_M}. */
    public String name() {
        return name;
    }

    /** {@code general.file_type} of the file. */
    public int number() {
        return number;
    }

    /** What most tensors get. */
    public Codec base() {
        return base;
    }

    /** One line on what it is for. */
    public String purpose() {
        return purpose;
    }

    boolean isVeryLowBit() {
        return veryLowBit;
    }

    boolean keepsExpertOutput() {
        return expertOutputKept;
    }

    /** What the rule for the role says, or the base codec. */
    Codec codec(TensorRole role, Place place) {
        Rule rule = rules.get(role);
        return rule == null ? base : rule.codec(place);
    }

    boolean hasRule(TensorRole role) {
        return rules.containsKey(role);
    }

    @Override
    public String toString() {
        return name;
    }
}
