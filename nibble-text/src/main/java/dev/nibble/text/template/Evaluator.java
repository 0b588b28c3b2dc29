package dev.nibble.text.template;

import dev.nibble.text.template.Expression.Inputs;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Evaluates expressions. */
final class Evaluator {
    private final Rendering rendering;

    Evaluator(Rendering rendering) {
        this.rendering = rendering;
    }

    Value evaluate(Expression expression, Scope scope) {
        try {
            rendering.budget().enter();
            Value value = valueOf(expression, scope);
            rendering.budget().leave();
            return value;
        } catch (TemplateException e) {
            throw e.at(expression.place());
        }
    }

    private Value valueOf(Expression expression, Scope scope) {
        return switch (expression) {
            case Expression.Constant constant -> constant.value();
            case Expression.Name name -> scope.get(name.name());
            case Expression.ListOf list -> Sequence.list(all(list.items(), scope), rendering.budget());
            case Expression.TupleOf tuple -> Sequence.of(Sequence.Kind.TUPLE, all(tuple.items(), scope), rendering.budget());
            case Expression.MapOf map -> map(map, scope);
            case Expression.Unary unary -> unary(unary, scope);
            case Expression.Arithmetic arithmetic -> arithmetic(arithmetic, scope);
            case Expression.Logic logic -> logic(logic, scope);
            case Expression.Concat concat -> concat(concat, scope);
            case Expression.Comparison comparison -> comparison(comparison, scope);
            case Expression.Choice choice -> choice(choice, scope);
            case Expression.Attribute attribute -> Access.attribute(evaluate(attribute.owner(), scope), attribute.name());
            case Expression.Item item -> Access.item(evaluate(item.owner(), scope), evaluate(item.index(), scope), rendering);
            case Expression.Slice slice -> Slices.slice(evaluate(slice.owner(), scope), optional(slice.from(), scope),
                    optional(slice.to(), scope), optional(slice.step(), scope), rendering.budget());
            case Expression.Call call -> call(evaluate(call.callee(), scope), arguments(call.inputs(), scope));
            case Expression.Filtered filtered -> filtered(filtered, scope);
            case Expression.Test test -> Value.of(Tests.test(test.name(), evaluate(test.subject(), scope),
                    arguments(test.inputs(), scope), rendering));
        };
    }

    private Value filtered(Expression.Filtered filtered, Scope scope) {
        Value subject = evaluate(filtered.subject(), scope);
        return Filters.apply(filtered.name(), subject, arguments(filtered.inputs(), scope), rendering);
    }

    private List<Value> all(List<Expression> expressions, Scope scope) {
        List<Value> values = new ArrayList<>(expressions.size());
        for (Expression expression : expressions) {
            values.add(evaluate(expression, scope));
        }
        return values;
    }

    private Optional<Value> optional(Optional<Expression> expression, Scope scope) {
        return expression.isPresent() ? Optional.of(evaluate(expression.get(), scope)) : Optional.empty();
    }

    private Value map(Expression.MapOf map, Scope scope) {
        LinkedHashMap<Value, Value> entries = new LinkedHashMap<>();
        for (int i = 0; i < map.keys().size(); i++) {
            Value key = Mapping.key(evaluate(map.keys().get(i), scope), rendering.budget());
            entries.put(key, evaluate(map.values().get(i), scope));
        }
        return Mapping.of(entries, rendering.budget());
    }

    private Value unary(Expression.Unary unary, Scope scope) {
        Value operand = evaluate(unary.operand(), scope);
        if (unary.operator() == Operator.NOT) {
            return Value.of(!operand.truth());
        }
        if (operand instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (!Numbers.isNumber(operand)) {
            throw TemplateException
                    .runtime("bad operand type for unary " + unary.operator().spelling() + ": '" + operand.typeName() + "'");
        }
        return unary.operator() == Operator.MINUS ? Numbers.negate(operand) : Numbers.plus(operand, IntValue.of(0));
    }

    private Value arithmetic(Expression.Arithmetic arithmetic, Scope scope) {
        Value value = evaluate(arithmetic.first(), scope);
        for (Expression.Step step : arithmetic.rest()) {
            value = Operations.apply(step.operator(), value, evaluate(step.operand(), scope), rendering);
        }
        return value;
    }

    private Value logic(Expression.Logic logic, Scope scope) {
        boolean decides = logic.operator() == Operator.OR;
        Value value = None.NONE;
        for (Expression operand : logic.operands()) {
            value = evaluate(operand, scope);
            if (value.truth() == decides) {
                return value;
            }
        }
        return value;
    }

    private Value concat(Expression.Concat concat, Scope scope) {
        Output out = new Output(rendering.budget());
        for (Expression operand : concat.operands()) {
            out.append(rendering.str(evaluate(operand, scope)));
        }
        return new StringValue(out.toString());
    }

    private Value comparison(Expression.Comparison comparison, Scope scope) {
        Value left = evaluate(comparison.first(), scope);
        for (Expression.Step step : comparison.rest()) {
            Value right = evaluate(step.operand(), scope);
            if (!Operations.compare(step.operator(), left, right, rendering.budget())) {
                return BoolValue.FALSE;
            }
            left = right;
        }
        return BoolValue.TRUE;
    }

    private Value choice(Expression.Choice choice, Scope scope) {
        if (evaluate(choice.condition(), scope).truth()) {
            return evaluate(choice.then(), scope);
        }
        return optional(choice.otherwise(), scope)
                .orElseGet(() -> new Undefined("the inline if-expression evaluated to false and no else section was defined"));
    }

    Arguments arguments(Inputs inputs, Scope scope) {
        List<Value> positional = all(inputs.positional(), scope);
        Map<String, Value> named = new LinkedHashMap<>();
        for (Expression.NamedInput input : inputs.named()) {
            putNamed(named, input.name(), evaluate(input.value(), scope));
        }
        if (inputs.more().isPresent()) {
            List<Value> more = Iteration.list(evaluate(inputs.more().get(), scope), rendering.budget());
            rendering.budget().elements(more.size());
            positional.addAll(more);
        }
        if (inputs.moreNamed().isPresent()) {
            if (!(evaluate(inputs.moreNamed().get(), scope) instanceof Mapping mapping)) {
                throw TemplateException.runtime("argument after ** must be a mapping");
            }
            rendering.budget().elements(mapping.entries().size());
            mapping.entries().forEach((key, value) -> putNamed(named, rendering.str(key), value));
        }
        return new Arguments(positional, named);
    }

    private static void putNamed(Map<String, Value> named, String name, Value value) {
        if (named.put(name, value) != null) {
            throw TemplateException.runtime("multiple values for keyword argument '" + name + "'");
        }
    }

    Value call(Value callee, Arguments arguments) {
        return switch (callee) {
            case Function function -> function.call(arguments, rendering);
            case Loop loop -> loop.call(arguments, rendering);
            case Undefined undefined -> throw undefined.failure();
            default -> throw TemplateException.runtime("'" + callee.typeName() + "' object is not callable");
        };
    }
}
