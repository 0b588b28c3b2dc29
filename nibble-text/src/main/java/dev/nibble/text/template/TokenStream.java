package dev.nibble.text.template;

import java.util.List;

/** The tokens of a template in their order, and the count of nodes made of them. */
final class TokenStream {
    private final List<Token> tokens;
    private int position;
    private int nodes;
    private int depth;

    TokenStream(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token current() {
        return tokens.get(position);
    }

    Token ahead() {
        return tokens.get(Math.min(position + 1, tokens.size() - 1));
    }

    int position() {
        return position;
    }

    /** Returns whether the name occurs between that token and the current one. */
    boolean mentioned(String name, int from) {
        return tokens.subList(from, position).stream().anyMatch(token -> token.isName(name));
    }

    Token next() {
        Token token = current();
        if (token.kind() != Token.Kind.END) {
            position++;
        }
        return token;
    }

    boolean isOperator(String spelling) {
        return current().isOperator(spelling);
    }

    boolean isName(String name) {
        return current().isName(name);
    }

    boolean is(Token.Kind kind) {
        return current().kind() == kind;
    }

    boolean skipOperator(String spelling) {
        boolean there = isOperator(spelling);
        if (there) {
            next();
        }
        return there;
    }

    boolean skipName(String name) {
        boolean there = isName(name);
        if (there) {
            next();
        }
        return there;
    }

    void expectOperator(String spelling) {
        if (!skipOperator(spelling)) {
            throw unexpected("'" + spelling + "'");
        }
    }

    Token expect(Token.Kind kind, String described) {
        if (!is(kind)) {
            throw unexpected(described);
        }
        return next();
    }

    TemplateException unexpected(String expected) {
        return TemplateException.syntax(current().place(), "expected " + expected + ", found " + current().shown());
    }

    /** Returns whether another element precedes the closing operator; elements are separated by commas, and one may trail. */
    boolean another(boolean first, String closing) {
        if (!first && !isOperator(closing)) {
            expectOperator(",");
        }
        return !isOperator(closing);
    }

    /** Counts a node at the current token and returns its place. */
    Place node() {
        if (++nodes > RenderLimits.NODES) {
            throw TemplateException.budget("a template of more than " + RenderLimits.NODES + " nodes").at(current().place());
        }
        return current().place();
    }

    /** Enters a construct that may contain itself. */
    void enter() {
        enter(1);
    }

    void enter(int levels) {
        depth += levels;
        if (depth > RenderLimits.SOURCE_DEPTH) {
            throw TemplateException.syntax(current().place(), "nested deeper than " + RenderLimits.SOURCE_DEPTH);
        }
    }

    void leave() {
        leave(1);
    }

    void leave(int levels) {
        depth -= levels;
    }
}
