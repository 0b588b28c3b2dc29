package dev.nibble.text.template;

import java.util.List;
import java.util.Optional;

/** A node that writes text or changes variables. */
sealed interface Statement {
    Place place();

    /** Text outside of tags. */
    record Data(Place place, String text) implements Statement {}

    /** {@code {{ value }}}. */
    record Print(Place place, Expression value) implements Statement {}

    record If(Place place, List<Branch> branches, List<Statement> otherwise) implements Statement {}

    record Branch(Expression condition, List<Statement> body) {}

    record For(Place place, Target target, Expression items, Optional<Expression> filter, boolean recursive, List<Statement> body,
            List<Statement> otherwise) implements Statement {}

    record Set(Place place, Target target, Expression value) implements Statement {}

    /** {@code {% set name | filters %}…{% endset %}}; the filters wrap a {@link #BODY} for the text. */
    record SetBlock(Place place, Target target, Expression filters, List<Statement> body) implements Statement {}

    record FilterBlock(Place place, Expression filters, List<Statement> body) implements Statement {}

    record Macro(Place place, Signature signature, List<Statement> body) implements Statement {}

    /** {@code {% call(parameters) callee(…) %}…{% endcall %}}. */
    record CallBlock(Place place, Expression.Call call, Signature signature, List<Statement> body) implements Statement {}

    record With(Place place, List<Target> targets, List<Expression> values, List<Statement> body) implements Statement {}

    /** {@code {% generation %}}: text the model wrote, kept in a scope of its own. */
    record Scoped(Place place, List<Statement> body) implements Statement {}

    record Break(Place place) implements Statement {}

    record Continue(Place place) implements Statement {}

    /** The name under which a block's text is passed to its filters; no template can write it. */
    String BODY = "{body}";

    /**
     * Parameters of a macro, the last of them with defaults.
     *
     * @param more      whether the body uses {@code varargs}
     * @param moreNamed whether the body uses {@code kwargs}
     * @param caller    whether the body uses {@code caller}
     */
    record Signature(String name, List<String> parameters, List<Expression> defaults, boolean more, boolean moreNamed, boolean caller) {}

    sealed interface Target {
        record Variable(String name) implements Target {}

        record Tuple(List<Target> targets) implements Target {}

        /** {@code set owner.name = …} on a namespace. */
        record NamespaceAttribute(String owner, String name) implements Target {}
    }
}
