package dev.nibble.text.template;

import java.time.Clock;
import java.util.List;
import java.util.Map;

/**
 * A Jinja template as chat templates are written: parsed once, rendered often, from any thread. The text that comes out is the one Python's
 * jinja2 gives in the immutable sandbox with {@code trim_blocks}, {@code lstrip_blocks} and loop controls.
 *
 * <p>
 * A template sees plain data and a fixed set of filters, tests and functions; nothing of the Java machine can be reached from it, and it cannot
 * change what it is given.
 */
public final class Template {
    private final List<Statement> statements;

    private Template(List<Statement> statements) {
        this.statements = statements;
    }

    /** The template of that source; a {@link TemplateException} says where it is none. */
    public static Template parse(String source) {
        return new Template(Parser.parse(source));
    }

    /**
     * The text; {@code strftime_now} gives the time in UTC.
     *
     * @param context variables: maps with string keys, lists, strings, numbers, booleans and null
     */
    public String render(Map<String, ?> context, Limits limits) {
        return render(context, limits, Clock.systemUTC());
    }

    /** The text; {@code strftime_now} reads the given clock. */
    public String render(Map<String, ?> context, Limits limits, Clock clock) {
        Rendering rendering = new Rendering(limits, clock);
        Map<String, Value> variables = Globals.all();
        variables.putAll(new PlainData(rendering.budget()).variables(context));
        Output out = new Output(rendering.budget());
        rendering.executor().run(statements, Scope.outermost(variables).inner(), out);
        return out.toString();
    }
}
