package dev.nibble.text.template;

import dev.nibble.text.template.Statement.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Statements by recursive descent. */
final class Parser {
    private final TokenStream tokens;
    private final ExpressionParser expressions;
    private int loops;

    private Parser(List<Token> tokens) {
        this.tokens = new TokenStream(tokens);
        this.expressions = new ExpressionParser(this.tokens);
    }

    static List<Statement> parse(String source) {
        Parser parser = new Parser(Lexer.tokens(source));
        return parser.body(Set.of());
    }

    /** Statements up to a tag with one of the names, which is left as the current token; up to the end if there are none. */
    private List<Statement> body(Set<String> ends) {
        List<Statement> body = new ArrayList<>();
        while (true) {
            Token token = tokens.current();
            Place place = tokens.node();
            switch (token.kind()) {
                case DATA -> body.add(new Statement.Data(place, tokens.next().text()));
                case PRINT_BEGIN -> {
                    tokens.next();
                    body.add(new Statement.Print(place, expressions.tuple(true)));
                    tokens.expect(Token.Kind.PRINT_END, "end of print statement '}}'");
                }
                case TAG_BEGIN -> {
                    tokens.next();
                    if (tokens.is(Token.Kind.NAME) && ends.contains(tokens.current().text())) {
                        return body;
                    }
                    body.add(tag(place));
                }
                case END -> {
                    if (ends.isEmpty()) {
                        return body;
                    }
                    throw tokens.unexpected("tag " + String.join(" or ", ends.stream().sorted().toList()));
                }
                default -> throw tokens.unexpected("text or a tag");
            }
        }
    }

    private Statement tag(Place place) {
        String name = tokens.expect(Token.Kind.NAME, "the name of a tag").text();
        tokens.enter();
        Statement statement = switch (name) {
            case "if" -> condition(place);
            case "for" -> loop(place);
            case "set" -> set(place);
            case "macro" -> macro(place);
            case "call" -> callBlock(place);
            case "filter" -> filterBlock(place);
            case "with" -> with(place);
            case "generation" -> new Statement.Scoped(place, closed("endgeneration"));
            case "break" -> inLoop(place, new Statement.Break(place));
            case "continue" -> inLoop(place, new Statement.Continue(place));
            case "include", "import", "extends", "from", "block", "do", "debug", "autoescape", "trans" -> throw TemplateException
                    .syntax(place, "the tag '" + name + "' is not supported in chat templates");
            default -> throw TemplateException.syntax(place, "unknown tag '" + name + "'");
        };
        tokens.leave();
        tokens.expect(Token.Kind.TAG_END, "end of statement block '%}'");
        return statement;
    }

    private Statement inLoop(Place place, Statement statement) {
        if (loops == 0) {
            throw TemplateException.syntax(place, "'break' or 'continue' outside of a loop");
        }
        return statement;
    }

    /** Parses the rest of this tag and a body up to the end tag, whose name is consumed. */
    private List<Statement> closed(String end) {
        tokens.expect(Token.Kind.TAG_END, "end of statement block '%}'");
        List<Statement> body = body(Set.of(end));
        tokens.next();
        return body;
    }

    private Statement condition(Place place) {
        List<Statement.Branch> branches = new ArrayList<>();
        List<Statement> otherwise = List.of();
        String end = "elif";
        while (!"endif".equals(end)) {
            boolean last = "else".equals(end);
            Optional<Expression> condition = last ? Optional.empty() : Optional.of(expressions.tuple(false));
            tokens.expect(Token.Kind.TAG_END, "end of statement block '%}'");
            List<Statement> body = body(last ? Set.of("endif") : Set.of("elif", "else", "endif"));
            condition.ifPresent(test -> branches.add(new Statement.Branch(test, body)));
            otherwise = last ? body : otherwise;
            end = tokens.next().text();
        }
        return new Statement.If(place, branches, otherwise);
    }

    private Statement loop(Place place) {
        Target target = targets();
        if (!tokens.skipName("in")) {
            throw tokens.unexpected("'in'");
        }
        Expression items = expressions.tuple(false);
        Optional<Expression> filter = tokens.skipName("if") ? Optional.of(expressions.expression()) : Optional.empty();
        boolean recursive = tokens.skipName("recursive");
        tokens.expect(Token.Kind.TAG_END, "end of statement block '%}'");
        loops++;
        List<Statement> body = body(Set.of("endfor", "else"));
        loops--;
        List<Statement> otherwise = "else".equals(tokens.next().text()) ? closed("endfor") : List.of();
        return new Statement.For(place, target, items, filter, recursive, body, otherwise);
    }

    /** One target, or several separated by commas. */
    private Target targets() {
        List<Target> targets = new ArrayList<>();
        boolean comma = false;
        while (targets.isEmpty() || comma && (tokens.is(Token.Kind.NAME) && !tokens.isName("in") || tokens.isOperator("("))) {
            targets.add(target());
            comma = tokens.skipOperator(",");
        }
        return targets.size() == 1 && !comma ? targets.getFirst() : new Target.Tuple(targets);
    }

    private Target target() {
        if (tokens.skipOperator("(")) {
            tokens.enter();
            Target inner = targets();
            tokens.leave();
            tokens.expectOperator(")");
            return inner;
        }
        Token name = tokens.expect(Token.Kind.NAME, "a name to assign to");
        if (Set.of("true", "false", "none", "True", "False", "None").contains(name.text())) {
            throw TemplateException.syntax(name.place(), "can't assign to '" + name.text() + "'");
        }
        return new Target.Variable(name.text());
    }

    private Statement set(Place place) {
        Target target;
        if (tokens.is(Token.Kind.NAME) && tokens.ahead().isOperator(".")) {
            String owner = tokens.next().text();
            tokens.next();
            target = new Target.NamespaceAttribute(owner, tokens.expect(Token.Kind.NAME, "the name of an attribute").text());
        } else {
            target = targets();
        }
        if (tokens.skipOperator("=")) {
            return new Statement.Set(place, target, expressions.tuple(true));
        }
        Expression filters = expressions.postfix.filters(new Expression.Name(place, Statement.BODY), true);
        return new Statement.SetBlock(place, target, filters, closed("endset"));
    }

    private Statement filterBlock(Place place) {
        Expression filters = expressions.postfix.filters(new Expression.Name(place, Statement.BODY), false);
        return new Statement.FilterBlock(place, filters, closed("endfilter"));
    }

    private Statement macro(Place place) {
        String name = tokens.expect(Token.Kind.NAME, "the name of a macro").text();
        Parameters parameters = parameters();
        int from = tokens.position();
        List<Statement> body = separate("endmacro");
        return new Statement.Macro(place, parameters.signature(name, tokens, from), body);
    }

    private Statement callBlock(Place place) {
        Parameters parameters = tokens.isOperator("(") ? parameters() : new Parameters(List.of(), List.of());
        if (!(expressions.expression() instanceof Expression.Call call)) {
            throw TemplateException.syntax(place, "expected a call after 'call'");
        }
        int from = tokens.position();
        List<Statement> body = separate("endcall");
        return new Statement.CallBlock(place, call, parameters.signature("caller", tokens, from), body);
    }

    /** A body in which {@code break} and {@code continue} cannot mean an outer loop. */
    private List<Statement> separate(String end) {
        int outer = loops;
        loops = 0;
        List<Statement> body = closed(end);
        loops = outer;
        return body;
    }

    private record Parameters(List<String> names, List<Expression> defaults) {
        /** The signature of a macro whose body began at token {@code from} and ends here. */
        Statement.Signature signature(String name, TokenStream tokens, int from) {
            return new Statement.Signature(name, names, defaults, tokens.mentioned("varargs", from), tokens.mentioned("kwargs", from),
                    tokens.mentioned("caller", from));
        }
    }

    private Parameters parameters() {
        List<String> names = new ArrayList<>();
        List<Expression> defaults = new ArrayList<>();
        tokens.expectOperator("(");
        while (!tokens.isOperator(")")) {
            if (!names.isEmpty()) {
                tokens.expectOperator(",");
            }
            names.add(tokens.expect(Token.Kind.NAME, "the name of a parameter").text());
            if (tokens.skipOperator("=")) {
                defaults.add(expressions.expression());
            } else if (!defaults.isEmpty()) {
                throw tokens.unexpected("a default, as the parameter before has one");
            }
        }
        tokens.next();
        return new Parameters(names, defaults);
    }

    private Statement with(Place place) {
        List<Target> targets = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!tokens.is(Token.Kind.TAG_END)) {
            if (!targets.isEmpty()) {
                tokens.expectOperator(",");
            }
            targets.add(target());
            tokens.expectOperator("=");
            values.add(expressions.expression());
        }
        return new Statement.With(place, targets, values, closed("endwith"));
    }
}
