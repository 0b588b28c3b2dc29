package dev.nibble.core.plan;

import dev.nibble.core.tensor.Codec;
import java.util.EnumMap;
import java.util.Map;

/**
 * A named quantization of a whole model, such as Q4_K_M: one codec for most tensors, others for more sensitive ones.
 *
 * <p>
 * One rule per {@link TensorRole} chooses the codec for a {@link Place}; a role without a rule gets the base codec. Built in {@link
 * FileTypes}.
 */
public final class FileType {
    /** The position of a tensor in its model: the {@code index}-th of {@code count} of its role. */
    public record Place(int index, int count, ModelFacts model) {
        /** Whether K-quants keep the layer better: the first and last eighth, and every third between. */
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
    private boolean importanceNeeded;

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

    /** Marks a type below three bits, which has separate rules for models with experts. */
    FileType veryLowBit() {
        veryLowBit = true;
        return this;
    }

    /** Keeps the attention output at five bits in models with eight experts, where it is comparatively small. */
    FileType expertOutputKept() {
        expertOutputKept = true;
        return this;
    }

    /** Refused without importance weights for tensors of the base codec, whatever that codec itself asks. */
    FileType importanceNeeded() {
        importanceNeeded = true;
        return this;
    }

    /** The name for users: {@code Q4_K_M}. */
    public String name() {
        return name;
    }

    /** Value of {@code general.file_type}. */
    public int number() {
        return number;
    }

    /** Codec of most tensors. */
    public Codec base() {
        return base;
    }

    /** Purpose, on one line. */
    public String purpose() {
        return purpose;
    }

    boolean isVeryLowBit() {
        return veryLowBit;
    }

    boolean needsImportance(Codec codec) {
        return codec.needsImportance() || importanceNeeded && codec.equals(base);
    }

    boolean keepsExpertOutput() {
        return expertOutputKept;
    }

    /** The codec of the role's rule, or the base codec. */
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
