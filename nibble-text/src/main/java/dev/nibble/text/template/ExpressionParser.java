package dev.nibble.text.template;

import dev.nibble.text.template.Expression.Inputs;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Expressions by recursive descent, with Jinja's precedences: {@code if}, or, and, not, comparison, + −, ~, * / // %, **, unary, postfix, filter. */
final class ExpressionParser {
    private static final Map<String, Operator> COMPARISONS = Map.of("==", Operator.EQUAL, "!=", Operator.NOT_EQUAL, "<", Operator.LESS,
            "<=",
            Operator.LESS_EQUAL, ">", Operator.GREATER, ">=", Operator.GREATER_EQUAL);
    private static final Map<String, Operator> SUMS = Map.of("+", Operator.PLUS, "-", Operator.MINUS);
    private static final Map<String, Operator> PRODUCTS = Map.of("*", Operator.TIMES, "/", Operator.DIVIDE, "//", Operator.FLOOR_DIVIDE,
            "%",
            Operator.MODULO);
    private static final Map<String, Operator> POWERS = Map.of("**", Operator.POWER);
    private static final Set<String> AFTER_TEST = Set.of("else", "or", "and");

    /** A level of the grammar. */
    private interface Level {
        Expression parse();
    }

    private final TokenStream tokens;

    ExpressionParser(TokenStream tokens) {
        this.tokens = tokens;
    }

    /** One expression, or several with commas between them as a tuple; {@code choice} says whether {@code a if b else c} may stand here. */
    Expression tuple(boolean choice) {
        Place place = tokens.node();
        Level one = choice ? this::expression : this::or;
        List<Expression> items = new ArrayList<>();
        boolean comma = false;
        while (items.isEmpty() || comma) {
            if (comma && endsTuple()) {
                break;
            }
            items.add(one.parse());
            comma = tokens.skipOperator(",");
        }
        return items.size() == 1 && !comma ? items.getFirst() : new Expression.TupleOf(place, items);
    }

    private boolean endsTuple() {
        return tokens.is(Token.Kind.PRINT_END) || tokens.is(Token.Kind.TAG_END) || tokens.isOperator(")") || tokens.isName("recursive");
    }

    Expression expression() {
        tokens.enter();
        Expression value = or();
        int choices = 0;
        while (tokens.isName("if")) {
            Place place = tokens.node();
            tokens.next();
            tokens.enter();
            choices++;
            Expression condition = or();
            Optional<Expression> otherwise = tokens.skipName("else") ? Optional.of(expression()) : Optional.empty();
            value = new Expression.Choice(place, condition, value, otherwise);
        }
        tokens.leave(1 + choices);
        return value;
    }

    private Expression or() {
        return logic(Operator.OR, this::and);
    }

    private Expression and() {
        return logic(Operator.AND, this::not);
    }

    private Expression logic(Operator operator, Level operand) {
        Place place = tokens.node();
        Expression first = operand.parse();
        if (!tokens.isName(operator.spelling())) {
            return first;
        }
        List<Expression> operands = new ArrayList<>(List.of(first));
        while (tokens.skipName(operator.spelling())) {
            operands.add(operand.parse());
        }
        return new Expression.Logic(place, operator, operands);
    }

    private Expression not() {
        if (!tokens.isName("not")) {
            return comparison();
        }
        Place place = tokens.node();
        tokens.next();
        tokens.enter();
        Expression operand = not();
        tokens.leave();
        return new Expression.Unary(place, Operator.NOT, operand);
    }

    private Expression comparison() {
        Place place = tokens.node();
        Expression first = chain(SUMS, this::concat);
        List<Expression.Step> rest = new ArrayList<>();
        for (Optional<Operator> operator = comparator(); operator.isPresent(); operator = comparator()) {
            rest.add(new Expression.Step(operator.get(), chain(SUMS, this::concat)));
        }
        return rest.isEmpty() ? first : new Expression.Comparison(place, first, rest);
    }

    private Optional<Operator> comparator() {
        if (tokens.is(Token.Kind.OPERATOR) && COMPARISONS.containsKey(tokens.current().text())) {
            return Optional.of(COMPARISONS.get(tokens.next().text()));
        }
        if (tokens.skipName("in")) {
            return Optional.of(Operator.IN);
        }
        if (tokens.isName("not") && tokens.ahead().isName("in")) {
            tokens.next();
            tokens.next();
            return Optional.of(Operator.NOT_IN);
        }
        return Optional.empty();
    }

    private Expression chain(Map<String, Operator> operators, Level operand) {
        Place place = tokens.node();
        Expression first = operand.parse();
        List<Expression.Step> rest = new ArrayList<>();
        while (tokens.is(Token.Kind.OPERATOR) && operators.containsKey(tokens.current().text())) {
            rest.add(new Expression.Step(operators.get(tokens.next().text()), operand.parse()));
        }
        return rest.isEmpty() ? first : new Expression.Arithmetic(place, first, rest);
    }

    private Expression concat() {
        Place place = tokens.node();
        Expression first = product();
        if (!tokens.isOperator("~")) {
            return first;
        }
        List<Expression> operands = new ArrayList<>(List.of(first));
        while (tokens.skipOperator("~")) {
            operands.add(product());
        }
        return new Expression.Concat(place, operands);
    }

    private Expression product() {
        return chain(PRODUCTS, () -> chain(POWERS, () -> unary(true)));
    }

    private Expression unary(boolean withFilters) {
        Place place = tokens.node();
        Expression value;
        if (tokens.isOperator("-") || tokens.isOperator("+")) {
            Operator operator = SUMS.get(tokens.next().text());
            tokens.enter();
            value = new Expression.Unary(place, operator, unary(false));
            tokens.leave();
        } else {
            value = primary();
        }
        return postfix(value, withFilters);
    }

    /** Attributes, items and calls; then, if asked for, filters, tests and further calls. Each level counts as depth. */
    private Expression postfix(Expression subject, boolean withFilters) {
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
            Place where = tokens.node();
            return new Expression.Item(place, owner, new Expression.Constant(where, whole(tokens.next())));
        }
        return new Expression.Attribute(place, owner, tokens.expect(Token.Kind.NAME, "a name or number").text());
    }

    private Expression item(Place place, Expression owner) {
        List<Expression> indices = new ArrayList<>();
        while (!tokens.isOperator("]")) {
            if (!indices.isEmpty()) {
                tokens.expectOperator(",");
            }
            Optional<Expression> from = tokens.isOperator(":") ? Optional.empty() : Optional.of(expression());
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
        Optional<Expression> to = tokens.isOperator(":") || tokens.isOperator("]") ? Optional.empty() : Optional.of(expression());
        Optional<Expression> step = Optional.empty();
        if (tokens.skipOperator(":") && !tokens.isOperator("]")) {
            step = Optional.of(expression());
        }
        tokens.expectOperator("]");
        return new Expression.Slice(place, owner, from, to, step);
    }

    /** A filter's name and arguments, behind the bar. */
    Expression filter(Expression subject) {
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
            inputs = new Inputs(List.of(postfix(primary(), false)), List.of(), Optional.empty(), Optional.empty());
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
        boolean first = true;
        while (!tokens.isOperator(")")) {
            if (!first) {
                tokens.expectOperator(",");
                if (tokens.isOperator(")")) {
                    break;
                }
            }
            first = false;
            if (tokens.isOperator("*") && more.isEmpty() && moreNamed.isEmpty()) {
                tokens.next();
                more = Optional.of(expression());
            } else if (tokens.isOperator("**") && moreNamed.isEmpty()) {
                tokens.next();
                moreNamed = Optional.of(expression());
            } else if (tokens.is(Token.Kind.NAME) && tokens.ahead().isOperator("=") && moreNamed.isEmpty()) {
                String name = tokens.next().text();
                tokens.next();
                named.add(new Expression.NamedInput(name, expression()));
            } else if (named.isEmpty() && more.isEmpty() && moreNamed.isEmpty()) {
                positional.add(expression());
            } else {
                throw TemplateException.syntax(tokens.current().place(), "a positional argument behind a named one");
            }
        }
        tokens.next();
        return new Inputs(positional, named, more, moreNamed);
    }

    private Expression primary() {
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
            case INTEGER -> new Expression.Constant(place, whole(tokens.next()));
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

    private static Value whole(Token token) {
        if (token.text().length() > Limits.NUMBER_BITS / 4) {
            throw TemplateException.budget("a number of " + token.text().length() + " digits").at(token.place());
        }
        return new IntValue(new BigInteger(token.text()));
    }

    private Expression container(Place place) {
        tokens.enter();
        Expression value;
        if (tokens.skipOperator("(")) {
            value = tokens.isOperator(")") ? new Expression.TupleOf(place, List.of()) : tuple(true);
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
        while (!tokens.isOperator("]")) {
            if (!items.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.isOperator("]")) {
                    break;
                }
            }
            items.add(expression());
        }
        tokens.next();
        return new Expression.ListOf(place, items);
    }

    private Expression map(Place place) {
        List<Expression> keys = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!tokens.isOperator("}")) {
            if (!keys.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.isOperator("}")) {
                    break;
                }
            }
            keys.add(expression());
            tokens.expectOperator(":");
            values.add(expression());
        }
        tokens.next();
        return new Expression.MapOf(place, keys, values);
    }
}
