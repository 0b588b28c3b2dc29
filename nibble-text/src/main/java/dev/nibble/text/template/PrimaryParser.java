package dev.nibble.text.template;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Literals, names, and the containers in parentheses, brackets and braces. */
final class PrimaryParser {
    private final TokenStream tokens;
    private final ExpressionParser expressions;

    PrimaryParser(TokenStream tokens, ExpressionParser expressions) {
        this.tokens = tokens;
        this.expressions = expressions;
    }

    Expression parse() {
        Place place = tokens.node();
        Token token = tokens.current();
        return switch (token.kind()) {
            case NAME -> name(place, tokens.next().text());
            case STRING -> {
                StringBuilder text = new StringBuilder();
                while (tokens.is(Token.Kind.STRING)) {
                    text.append(tokens.next().text());
                }
                yield new Expression.Constant(place, new StringValue(text.toString()));
            }
            case INTEGER -> integer(place);
            case FLOAT -> new Expression.Constant(place, new FloatValue(Double.parseDouble(tokens.next().text())));
            case OPERATOR -> container(place);
            case DATA, PRINT_BEGIN, PRINT_END, TAG_BEGIN, TAG_END, END -> throw tokens.unexpected("an expression");
        };
    }

    private static Expression name(Place place, String name) {
        return switch (name) {
            case "true", "True" -> new Expression.Constant(place, BoolValue.TRUE);
            case "false", "False" -> new Expression.Constant(place, BoolValue.FALSE);
            case "none", "None" -> new Expression.Constant(place, None.NONE);
            default -> new Expression.Name(place, name);
        };
    }

    Expression integer(Place place) {
        Token token = tokens.next();
        if (token.text().length() > RenderLimits.NUMBER_BITS / 4) {
            throw TemplateException.budget("a number of " + token.text().length() + " digits").at(token.place());
        }
        return new Expression.Constant(place, new IntValue(new BigInteger(token.text())));
    }

    private Expression container(Place place) {
        tokens.enter();
        Expression value;
        if (tokens.skipOperator("(")) {
            value = tokens.isOperator(")") ? new Expression.TupleOf(place, List.of()) : expressions.tuple(true);
            tokens.expectOperator(")");
        } else if (tokens.skipOperator("[")) {
            value = list(place);
        } else if (tokens.skipOperator("{")) {
            value = map(place);
        } else {
            throw tokens.unexpected("an expression");
        }
        tokens.leave();
        return value;
    }

    private Expression list(Place place) {
        List<Expression> items = new ArrayList<>();
        while (tokens.another(items.isEmpty(), "]")) {
            items.add(expressions.expression());
        }
        tokens.next();
        return new Expression.ListOf(place, items);
    }

    private Expression map(Place place) {
        List<Expression> keys = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (tokens.another(keys.isEmpty(), "}")) {
            keys.add(expressions.expression());
            tokens.expectOperator(":");
            values.add(expressions.expression());
        }
        tokens.next();
        return new Expression.MapOf(place, keys, values);
    }
}
