package dev.nibble.text.template;

import java.time.Clock;
import java.util.List;
import java.util.Map;

/**
 * A Jinja template for chat: parsed once, rendered often, thread-safe. The output is that of Python's jinja2 in the immutable sandbox with
 * {@code trim_blocks}, {@code lstrip_blocks} and loop controls.
 *
 * <p>
 * A template sees plain data and a fixed set of filters, tests and functions; it can neither reach the JVM nor change its input.
 */
public final class Template {
    private final List<Statement> statements;

    private Template(List<Statement> statements) {
        this.statements = statements;
    }

    /** Parses a template; a {@link TemplateException} has the position of a syntax error. */
    public static Template parse(String source) {
        return new Template(Parser.parse(source));
    }

    /**
     * Renders the template; {@code strftime_now} returns the time in UTC.
     *
     * @param context variables: maps with string keys, lists, strings, numbers, booleans and null
     */
    public String render(Map<String, ?> context, RenderLimits limits) {
        return render(context, limits, Clock.systemUTC());
    }

    /** Renders the template; {@code strftime_now} reads the given clock. */
    public String render(Map<String, ?> context, RenderLimits limits, Clock clock) {
        Rendering rendering = new Rendering(limits, clock);
        Map<String, Value> variables = Globals.all();
        variables.putAll(new PlainData(rendering.budget()).variables(context));
        Output out = new Output(rendering.budget());
        rendering.executor().run(statements, Scope.outermost(variables).inner(), out);
        return out.toString();
    }
}
