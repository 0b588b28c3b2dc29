package dev.nibble.text.grammar;

import java.util.ArrayList;
import java.util.List;

/** Alternatives in compiled form: a rule of the grammar, or a group or repeated part of one. */
final class Rule {
    private final String name;
    private final List<Step> alternatives = new ArrayList<>(); // Step.END = the empty text
    private boolean nullable;

    /** @param name name of this rule, or of the one that it is a part of */
    Rule(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    List<Step> alternatives() {
        return alternatives;
    }

    /** Returns whether the rule matches the empty text; known once {@link Nullability} has run. */
    boolean nullable() {
        return nullable;
    }

    void becomeNullable() {
        nullable = true;
    }
}
