package dev.nibble.text.template;

import dev.nibble.text.template.Expression.Inputs;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Postfix operators: attributes, subscripts, calls, filters and tests. */
final class PostfixParser {
    private static final Set<String> AFTER_TEST = Set.of("else", "or", "and");

    private final TokenStream tokens;
    private final ExpressionParser expressions;
    private final PrimaryParser primaries;

    PostfixParser(TokenStream tokens, ExpressionParser expressions) {
        this.tokens = tokens;
        this.expressions = expressions;
        this.primaries = new PrimaryParser(tokens, expressions);
    }

    /** An operand without sign: a primary expression and its postfix operators. */
    Expression operand(boolean withFilters) {
        return parse(primaries.parse(), withFilters);
    }

    /** Attributes, items and calls; then, if asked for, filters, tests and further calls. Each level counts as depth. */
    Expression parse(Expression subject, boolean withFilters) {
        Expression value = subject;
        boolean filtering = false;
        int levels = 0;
        while (continues(withFilters, filtering)) {
            if (tokens.isOperator("(")) {
                tokens.node();
                value = new Expression.Call(value.place(), value, inputs());
            } else if (tokens.isOperator("|")) {
                filtering = true;
                tokens.next();
                value = filter(value);
            } else if (tokens.isName("is")) {
                filtering = true;
                value = test(value);
            } else {
                value = subscript(value);
            }
            tokens.enter();
            levels++;
        }
        tokens.leave(levels);
        return value;
    }

    private boolean continues(boolean withFilters, boolean filtering) {
        return tokens.isOperator("(") || withFilters && (tokens.isOperator("|") || tokens.isName("is"))
                || !filtering && (tokens.isOperator(".") || tokens.isOperator("["));
    }

    private Expression subscript(Expression owner) {
        Place place = tokens.node();
        if (tokens.skipOperator("[")) {
            return item(place, owner);
        }
        tokens.next();
        if (tokens.is(Token.Kind.INTEGER)) {
            return new Expression.Item(place, owner, primaries.integer(tokens.node()));
        }
        return new Expression.Attribute(place, owner, tokens.expect(Token.Kind.NAME, "a name or number").text());
    }

    private Expression item(Place place, Expression owner) {
        List<Expression> indices = new ArrayList<>();
        while (!tokens.isOperator("]")) {
            if (!indices.isEmpty()) {
                tokens.expectOperator(",");
            }
            Optional<Expression> from = tokens.isOperator(":") ? Optional.empty() : Optional.of(expressions.expression());
            if (tokens.isOperator(":")) {
                if (!indices.isEmpty()) {
                    throw tokens.unexpected("one slice");
                }
                return slice(place, owner, from);
            }
            indices.add(from.orElseThrow());
        }
        if (indices.isEmpty()) {
            throw tokens.unexpected("a subscript");
        }
        tokens.next();
        return new Expression.Item(place, owner, indices.size() == 1 ? indices.getFirst() : new Expression.TupleOf(place, indices));
    }

    private Expression slice(Place place, Expression owner, Optional<Expression> from) {
        tokens.expectOperator(":");
        Optional<Expression> to = tokens.isOperator(":") || tokens.isOperator("]")
                ? Optional.empty()
                : Optional.of(expressions.expression());
        Optional<Expression> step = Optional.empty();
        if (tokens.skipOperator(":") && !tokens.isOperator("]")) {
            step = Optional.of(expressions.expression());
        }
        tokens.expectOperator("]");
        return new Expression.Slice(place, owner, from, to, step);
    }

    /** A filter's name and arguments, after the bar. */
    private Expression filter(Expression subject) {
        Place place = tokens.node();
        String name = dotted("the name of a filter");
        return new Expression.Filtered(place, subject, name, tokens.isOperator("(") ? inputs() : Inputs.NONE);
    }

    /** The filters of a block: {@code upper|trim}. */
    Expression filters(Expression subject, boolean barFirst) {
        Expression value = subject;
        boolean more = !barFirst || tokens.skipOperator("|");
        int levels = 0;
        while (more) {
            value = filter(value);
            tokens.enter();
            levels++;
            more = tokens.skipOperator("|");
        }
        tokens.leave(levels);
        return value;
    }

    private String dotted(String expected) {
        StringBuilder name = new StringBuilder(tokens.expect(Token.Kind.NAME, expected).text());
        while (tokens.skipOperator(".")) {
            name.append('.').append(tokens.expect(Token.Kind.NAME, expected).text());
        }
        return name.toString();
    }

    private Expression test(Expression subject) {
        Place place = tokens.node();
        tokens.next();
        boolean negated = tokens.skipName("not");
        String name = dotted("the name of a test");
        Inputs inputs = Inputs.NONE;
        if (tokens.isOperator("(")) {
            inputs = inputs();
        } else if (startsArgument()) {
            if (tokens.isName("is")) {
                throw TemplateException.syntax(tokens.current().place(), "tests cannot be chained with 'is'");
            }
            inputs = new Inputs(List.of(parse(primaries.parse(), false)), List.of(), Optional.empty(), Optional.empty());
        }
        Expression test = new Expression.Test(place, subject, name, inputs);
        return negated ? new Expression.Unary(place, Operator.NOT, test) : test;
    }

    private boolean startsArgument() {
        return switch (tokens.current().kind()) {
            case STRING, INTEGER, FLOAT -> true;
            case NAME -> !AFTER_TEST.contains(tokens.current().text());
            case OPERATOR -> tokens.isOperator("[") || tokens.isOperator("{");
            case DATA, PRINT_BEGIN, PRINT_END, TAG_BEGIN, TAG_END, END -> false;
        };
    }

    private Inputs inputs() {
        tokens.expectOperator("(");
        List<Expression> positional = new ArrayList<>();
        List<Expression.NamedInput> named = new ArrayList<>();
        Optional<Expression> more = Optional.empty();
        Optional<Expression> moreNamed = Optional.empty();
        for (boolean first = true; tokens.another(first, ")"); first = false) {
            if (tokens.isOperator("*") && more.isEmpty() && moreNamed.isEmpty()) {
                tokens.next();
                more = Optional.of(expressions.expression());
            } else if (tokens.isOperator("**") && moreNamed.isEmpty()) {
                tokens.next();
                moreNamed = Optional.of(expressions.expression());
            } else if (tokens.is(Token.Kind.NAME) && tokens.ahead().isOperator("=") && moreNamed.isEmpty()) {
                String name = tokens.next().text();
                tokens.next();
                named.add(new Expression.NamedInput(name, expressions.expression()));
            } else if (named.isEmpty() && more.isEmpty() && moreNamed.isEmpty()) {
                positional.add(expressions.expression());
            } else {
                throw TemplateException.syntax(tokens.current().place(), "a positional argument after a named one");
            }
        }
        tokens.next();
        return new Inputs(positional, named, more, moreNamed);
    }
}
