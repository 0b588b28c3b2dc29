package dev.nibble.text.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Expressions by recursive descent, with Jinja's precedences: {@code if}, or, and, not, comparison, + −, ~, * / // %, **, unary, postfix,
 * filter.
 */
final class ExpressionParser {
    private static final Map<String, Operator> COMPARISONS = Map.of("==", Operator.EQUAL, "!=", Operator.NOT_EQUAL, "<", Operator.LESS,
            "<=", Operator.LESS_EQUAL, ">", Operator.GREATER, ">=", Operator.GREATER_EQUAL);
    private static final Map<String, Operator> SUMS = Map.of("+", Operator.PLUS, "-", Operator.MINUS);
    private static final Map<String, Operator> PRODUCTS = Map.of("*", Operator.TIMES, "/", Operator.DIVIDE, "//", Operator.FLOOR_DIVIDE,
            "%", Operator.MODULO);
    private static final Map<String, Operator> POWERS = Map.of("**", Operator.POWER);

    private interface Level {
        Expression parse();
    }

    private final TokenStream tokens;
    final PostfixParser postfix;

    ExpressionParser(TokenStream tokens) {
        this.tokens = tokens;
        this.postfix = new PostfixParser(tokens, this);
    }

    /** One expression, or several separated by commas as a tuple. @param choice whether {@code a if b else c} is allowed */
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
        if (!tokens.isOperator("-") && !tokens.isOperator("+")) {
            return postfix.operand(withFilters);
        }
        Operator operator = SUMS.get(tokens.next().text());
        tokens.enter();
        Expression value = new Expression.Unary(place, operator, unary(false));
        tokens.leave();
        return postfix.parse(value, withFilters);
    }
}
