package dev.nibble.text.template;

import dev.nibble.text.template.Statement.Target;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs statements: writes their text and sets their variables. */
final class Executor {
    private enum Flow {
        NORMAL, BREAK, CONTINUE
    }

    private final Rendering rendering;

    Executor(Rendering rendering) {
        this.rendering = rendering;
    }

    void run(List<Statement> statements, Scope scope, Output out) {
        execute(statements, scope, out);
    }

    private Flow execute(List<Statement> statements, Scope scope, Output out) {
        for (Statement statement : statements) {
            Flow flow;
            try {
                rendering.budget().enter();
                flow = execute(statement, scope, out);
                rendering.budget().leave();
            } catch (TemplateException e) {
                throw e.at(statement.place());
            }
            if (flow != Flow.NORMAL) {
                return flow;
            }
        }
        return Flow.NORMAL;
    }

    private Flow execute(Statement statement, Scope scope, Output out) {
        switch (statement) {
            case Statement.Data data -> out.append(data.text());
            case Statement.Print print -> out.append(rendering.str(evaluate(print.value(), scope)));
            case Statement.If condition -> {
                return condition(condition, scope, out);
            }
            case Statement.For loop -> loop(loop, scope, out);
            case Statement.Set set -> assign(set.target(), evaluate(set.value(), scope), scope);
            case Statement.SetBlock block -> {
                return setBlock(block, scope);
            }
            case Statement.FilterBlock block -> {
                Output body = new Output(rendering.budget());
                Flow flow = execute(block.body(), scope.inner(), body);
                out.append(rendering.str(filtered(block.filters(), body, scope)));
                return flow;
            }
            case Statement.Macro macro -> scope.set(macro.signature().name(), function(macro.signature(), macro.body(), scope));
            case Statement.CallBlock block -> out.append(rendering.str(callBlock(block, scope)));
            case Statement.With with -> {
                return with(with, scope, out);
            }
            case Statement.Scoped scoped -> {
                return execute(scoped.body(), scope.inner(), out);
            }
            case Statement.Break _ -> {
                return Flow.BREAK;
            }
            case Statement.Continue _ -> {
                return Flow.CONTINUE;
            }
        }
        return Flow.NORMAL;
    }

    private Value evaluate(Expression expression, Scope scope) {
        return rendering.evaluator().evaluate(expression, scope);
    }

    private Flow condition(Statement.If condition, Scope scope, Output out) {
        for (Statement.Branch branch : condition.branches()) {
            if (evaluate(branch.condition(), scope).truth()) {
                return execute(branch.body(), scope, out);
            }
        }
        return execute(condition.otherwise(), scope, out);
    }

    private Flow setBlock(Statement.SetBlock block, Scope scope) {
        Output body = new Output(rendering.budget());
        Flow flow = execute(block.body(), scope.inner(), body);
        if (flow == Flow.NORMAL) {
            assign(block.target(), filtered(block.filters(), body, scope), scope);
        }
        return flow;
    }

    private Value filtered(Expression filters, Output body, Scope scope) {
        Scope inner = scope.inner();
        inner.set(Statement.BODY, new StringValue(body.toString()));
        return evaluate(filters, inner);
    }

    private Flow with(Statement.With with, Scope scope, Output out) {
        Scope inner = scope.inner();
        for (int i = 0; i < with.targets().size(); i++) {
            assign(with.targets().get(i), evaluate(with.values().get(i), scope), inner);
        }
        return execute(with.body(), inner, out);
    }

    private void loop(Statement.For loop, Scope scope, Output out) {
        loop(loop, evaluate(loop.items(), scope), 0, scope, out);
    }

    private void loop(Statement.For loop, Value items, int depth, Scope scope, Output out) {
        Iterator<Value> source = Iteration.iterate(items, rendering.budget());
        boolean filtered = loop.filter().isPresent();
        Iterator<Value> kept = filtered ? new FilteredItems(source, item -> keeps(loop, item, scope)) : source;
        Loop state = new Loop(kept, filtered || items instanceof Stream ? Loop.UNKNOWN : Iteration.length(items), depth,
                loop.recursive() ? (inner, level) -> recurse(loop, inner, level, scope) : Loop.NOT_RECURSIVE);
        boolean none = true;
        while (state.advance()) {
            none = false;
            rendering.budget().steps(1);
            Scope inner = scope.inner();
            inner.set("loop", state);
            assign(loop.target(), state.current(), inner);
            if (execute(loop.body(), inner, out) == Flow.BREAK) {
                break;
            }
        }
        if (none) {
            execute(loop.otherwise(), scope.inner(), out);
        }
    }

    private boolean keeps(Statement.For loop, Value item, Scope scope) {
        Scope inner = scope.inner();
        assign(loop.target(), item, inner);
        return evaluate(loop.filter().orElseThrow(), inner).truth();
    }

    private Value recurse(Statement.For loop, Value items, int depth, Scope scope) {
        rendering.budget().enterCall();
        Output out = new Output(rendering.budget());
        loop(loop, items, depth, scope, out);
        rendering.budget().leaveCall();
        return new StringValue(out.toString());
    }

    private void assign(Target target, Value value, Scope scope) {
        switch (target) {
            case Target.Variable variable -> scope.set(variable.name(), value);
            case Target.NamespaceAttribute attribute -> {
                if (!(scope.get(attribute.owner()) instanceof Namespace namespace)) {
                    throw TemplateException.runtime("cannot assign attribute on non-namespace object");
                }
                namespace.attributes().put(attribute.name(), value);
            }
            case Target.Tuple tuple -> {
                List<Value> values = Iteration.list(value, rendering.budget());
                if (values.size() != tuple.targets().size()) {
                    throw TemplateException.runtime("expected " + tuple.targets().size() + " values to unpack, found " + values.size());
                }
                for (int i = 0; i < values.size(); i++) {
                    assign(tuple.targets().get(i), values.get(i), scope);
                }
            }
        }
    }

    private Value callBlock(Statement.CallBlock block, Scope scope) {
        Value callee = evaluate(block.call().callee(), scope);
        Arguments arguments = rendering.evaluator().arguments(block.call().inputs(), scope);
        Map<String, Value> named = new LinkedHashMap<>(arguments.named());
        named.put("caller", function(block.signature(), block.body(), scope));
        return rendering.evaluator().call(callee, new Arguments(arguments.positional(), named));
    }

    private Function function(Statement.Signature signature, List<Statement> body, Scope scope) {
        return Function.macro(signature.name(), (arguments, _) -> {
            rendering.budget().enterCall();
            Scope inner = scope.inner();
            bind(signature, arguments, inner);
            Output out = new Output(rendering.budget());
            execute(body, inner, out);
            rendering.budget().leaveCall();
            return new StringValue(out.toString());
        });
    }

    private void bind(Statement.Signature signature, Arguments arguments, Scope scope) {
        List<String> parameters = signature.parameters();
        List<Value> positional = arguments.positional();
        Map<String, Value> named = new LinkedHashMap<>(arguments.named());
        int withoutDefault = parameters.size() - signature.defaults().size();
        for (int i = 0; i < parameters.size(); i++) {
            String name = parameters.get(i);
            if (i < positional.size()) {
                scope.set(name, positional.get(i));
            } else if (named.containsKey(name)) {
                scope.set(name, named.remove(name));
            } else if (i >= withoutDefault) {
                scope.set(name, evaluate(signature.defaults().get(i - withoutDefault), scope));
            } else {
                scope.set(name, new Undefined("parameter '" + name + "' was not provided"));
            }
        }
        if (signature.caller() && !parameters.contains("caller")) {
            Value caller = named.remove("caller");
            scope.set("caller", caller == null ? new Undefined("No caller defined") : caller);
        }
        bindRest(signature, positional, named, scope);
    }

    private void bindRest(Statement.Signature signature, List<Value> positional, Map<String, Value> named, Scope scope) {
        if (signature.moreNamed()) {
            LinkedHashMap<Value, Value> rest = new LinkedHashMap<>();
            named.forEach((name, value) -> rest.put(new StringValue(name), value));
            scope.set("kwargs", Mapping.of(rest, rendering.budget()));
        } else if (!named.isEmpty()) {
            throw TemplateException
                    .runtime("macro '" + signature.name() + "' takes no keyword argument '" + named.keySet().iterator().next() + "'");
        }
        int count = signature.parameters().size();
        if (signature.more()) {
            List<Value> rest = new ArrayList<>(positional.subList(Math.min(count, positional.size()), positional.size()));
            scope.set("varargs", Sequence.of(Sequence.Kind.TUPLE, rest, rendering.budget()));
        } else if (positional.size() > count) {
            throw TemplateException.runtime("macro '" + signature.name() + "' takes not more than " + count + " argument(s)");
        }
    }
}
