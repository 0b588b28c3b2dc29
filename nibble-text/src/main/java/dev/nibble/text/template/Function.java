package dev.nibble.text.template;

/** A callable: a macro, a method of a string, a global function. Compared by identity. */
final class Function implements Value {
    interface Body {
        Value call(Arguments arguments, Rendering rendering);
    }

    private final String typeName;
    private final String name;
    private final Body body;

    private Function(String typeName, String name, Body body) {
        this.typeName = typeName;
        this.name = name;
        this.body = body;
    }

    static Function macro(String name, Body body) {
        return new Function("Macro", name, body);
    }

    static Function builtIn(String name, Body body) {
        return new Function("builtin_function_or_method", name, body);
    }

    String name() {
        return name;
    }

    Value call(Arguments arguments, Rendering rendering) {
        return body.call(arguments, rendering);
    }

    @Override
    public boolean truth() {
        return true;
    }

    @Override
    public String typeName() {
        return typeName;
    }
}
