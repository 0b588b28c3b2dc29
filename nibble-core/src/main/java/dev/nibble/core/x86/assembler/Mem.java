package dev.nibble.core.x86.assembler;

import java.util.Optional;

/**
 * An address: {@code base + index · scale + displacement}, or a constant of the code itself.
 *
 * @param index     {@link Gpr#RSP}, which cannot be an index, means none, as in the encoding
 * @param scale     1, 2, 4 or 8
 * @param broadcast whether 32 bits are read and repeated in every lane
 * @param constant  the label of a constant, addressed relative to the instruction; base, index and scale are ignored then
 */
public record Mem(Gpr base, Gpr index, int scale, int displacement, boolean broadcast, Optional<Label> constant) implements Operand {
    public Mem {
        if (scale != 1 && scale != 2 && scale != 4 && scale != 8) {
            throw new IllegalArgumentException("a scale of " + scale);
        }
    }

    public static Mem at(Gpr base, int displacement) {
        return new Mem(base, Gpr.RSP, 1, displacement, false, Optional.empty());
    }

    public static Mem at(Gpr base, Gpr index, int scale, int displacement) {
        return new Mem(base, index, scale, displacement, false, Optional.empty());
    }

    static Mem constant(Label label) {
        return new Mem(Gpr.RBP, Gpr.RSP, 1, 0, false, Optional.of(label));
    }

    /** The same address plus {@code bytes}. */
    public Mem plus(int bytes) {
        return new Mem(base, index, scale, displacement + bytes, broadcast, constant);
    }

    /** The 32 bits at this address, broadcast to every lane. */
    public Mem repeated() {
        return new Mem(base, index, scale, displacement, true, constant);
    }

    boolean indexed() {
        return index != Gpr.RSP;
    }
}
