package dev.nibble.text.template;

import java.util.List;
import java.util.Optional;

/** A node with a value. */
sealed interface Expression {
    Place place();

    /** {@code 'text'}, {@code 3}, {@code none}. */
    record Constant(Place place, Value value) implements Expression {}

    record Name(Place place, String name) implements Expression {}

    record ListOf(Place place, List<Expression> items) implements Expression {}

    record TupleOf(Place place, List<Expression> items) implements Expression {}

    record MapOf(Place place, List<Expression> keys, List<Expression> values) implements Expression {}

    /** {@code -x}, {@code +x}, {@code not x}. */
    record Unary(Place place, Operator operator, Expression operand) implements Expression {}

    /** {@code a + b - c}: operators of one precedence, from left to right; as a list, because such chains may be long. */
    record Arithmetic(Place place, Expression first, List<Step> rest) implements Expression {}

    record Step(Operator operator, Expression operand) {}

    /** {@code a and b and c}, or the same with {@code or}; its value is the deciding operand. */
    record Logic(Place place, Operator operator, List<Expression> operands) implements Expression {}

    /** {@code a ~ b ~ c}. */
    record Concat(Place place, List<Expression> operands) implements Expression {}

    /** {@code a < b <= c}: each operand is evaluated once. */
    record Comparison(Place place, Expression first, List<Step> rest) implements Expression {}

    /** {@code a if condition else b}. */
    record Choice(Place place, Expression condition, Expression then, Optional<Expression> otherwise) implements Expression {}

    record Attribute(Place place, Expression owner, String name) implements Expression {}

    record Item(Place place, Expression owner, Expression index) implements Expression {}

    record Slice(Place place, Expression owner, Optional<Expression> from, Optional<Expression> to, Optional<Expression> step)
            implements
                Expression {}

    record Call(Place place, Expression callee, Inputs inputs) implements Expression {}

    /** {@code subject|name(inputs)}. */
    record Filtered(Place place, Expression subject, String name, Inputs inputs) implements Expression {}

    /** {@code subject is name(inputs)}. */
    record Test(Place place, Expression subject, String name, Inputs inputs) implements Expression {}

    /** Arguments of a call, as written. */
    record Inputs(List<Expression> positional, List<NamedInput> named, Optional<Expression> more, Optional<Expression> moreNamed) {
        static final Inputs NONE = new Inputs(List.of(), List.of(), Optional.empty(), Optional.empty());
    }

    record NamedInput(String name, Expression value) {}
}
