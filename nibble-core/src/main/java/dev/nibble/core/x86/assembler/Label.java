package dev.nibble.core.x86.assembler;

/** A position in the code; jumps and addresses may refer to it before it is bound. */
public final class Label {
    private int position = -1;

    Label() {}

    void bind(int newPosition) {
        if (position >= 0) {
            throw new IllegalStateException("a label bound twice");
        }
        position = newPosition;
    }

    int position() {
        if (position < 0) {
            throw new IllegalStateException("an unbound label");
        }
        return position;
    }
}
