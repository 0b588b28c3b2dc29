package dev.nibble.text.grammar;

import dev.nibble.text.grammar.Utf8Ranges.ByteRange;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Compiles a grammar's expressions to steps over bytes, from the last part to the first. */
final class GrammarCompiler {
    private static final int MAX_STEPS = 1_000_000;
    private static final int BYTES = 256;

    private final Map<String, Rule> named = new LinkedHashMap<>();
    private final List<Rule> all = new ArrayList<>();
    private final boolean[] boundary = new boolean[BYTES + 1]; // a range begins here or ends just before
    private int steps;

    private GrammarCompiler() {}

    /**
     * A compiled grammar.
     *
     * @param byteClass class of each byte; no rule distinguishes bytes of one class
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Compiled(Rule root, int[] byteClass, int classes) {}

    /** @throws GrammarException for missing rules, left recursion and grammars that are too large */
    static Compiled compile(Grammar grammar) {
        GrammarCompiler compiler = new GrammarCompiler();
        grammar.rules().keySet().forEach(name -> compiler.named.put(name, compiler.rule(name)));
        grammar.rules().forEach((name, expression) -> compiler.define(compiler.named.get(name), expression));
        Nullability.find(compiler.all);
        LeftRecursion.refuse(compiler.all);
        return compiler.compiled();
    }

    private Compiled compiled() {
        int[] byteClass = new int[BYTES];
        for (int b = 1; b < BYTES; b++) {
            byteClass[b] = byteClass[b - 1] + (boundary[b] ? 1 : 0);
        }
        return new Compiled(named.get(Grammar.ROOT), byteClass, byteClass[BYTES - 1] + 1);
    }

    private Rule rule(String name) {
        Rule rule = new Rule(name);
        all.add(rule);
        return rule;
    }

    private void define(Rule rule, GrammarExpression expression) {
        if (expression instanceof GrammarExpression.Choice choice) {
            choice.alternatives().forEach(alternative -> rule.alternatives().add(steps(alternative, Step.END, rule)));
        } else {
            rule.alternatives().add(steps(expression, Step.END, rule));
        }
    }

    /** The first step of the expression followed by {@code next}; {@code next} if it is empty. */
    private Step steps(GrammarExpression expression, Step next, Rule owner) {
        return switch (expression) {
            case GrammarExpression.Literal literal -> bytes(literal.text().getBytes(StandardCharsets.UTF_8), next);
            case GrammarExpression.CharacterClass character -> character(Utf8Ranges.of(character.set()), next, new HashMap<>());
            case GrammarExpression.RuleName use -> step(new Symbol.Call(required(use, owner)), next);
            case GrammarExpression.Choice choice -> step(new Symbol.Call(part(choice, owner)), next);
            case GrammarExpression.Sequence sequence -> {
                Step first = next;
                for (GrammarExpression part : sequence.parts().reversed()) {
                    first = steps(part, first, owner);
                }
                yield first;
            }
            case GrammarExpression.Repeat repeat -> repeat(repeat, next, owner);
        };
    }

    private Step repeat(GrammarExpression.Repeat repeat, Step next, Rule owner) {
        if (repeat.max() == 0) {
            return next;
        }
        Rule body = part(repeat.body(), owner);
        if (repeat.max() == 1) {
            if (repeat.min() == 0) {
                body.alternatives().add(Step.END);
            }
            return step(new Symbol.Call(body), next);
        }
        return step(new Symbol.Repetition(body, repeat.min(), repeat.max()), next);
    }

    private Rule part(GrammarExpression expression, Rule owner) {
        Rule part = rule(owner.name());
        define(part, expression);
        return part;
    }

    private Rule required(GrammarExpression.RuleName use, Rule owner) {
        Rule rule = named.get(use.name());
        if (rule == null) {
            throw new GrammarException(0, 0, "rule \"" + use.name() + "\", which \"" + owner.name() + "\" uses, is not defined");
        }
        return rule;
    }

    private Step bytes(byte[] bytes, Step next) {
        Step first = next;
        for (int i = bytes.length - 1; i >= 0; i--) {
            int b = Byte.toUnsignedInt(bytes[i]);
            first = ranges(List.of(new ByteRange(b, b)), List.of(first));
        }
        return first;
    }

    /** The step for the first bytes of these sequences; equal ends of sequences share their steps. */
    private Step character(List<List<ByteRange>> sequences, Step next, Map<List<List<ByteRange>>, Step> shared) {
        Step known = shared.get(sequences);
        if (known != null) {
            return known;
        }
        Map<ByteRange, List<List<ByteRange>>> rests = new LinkedHashMap<>();
        for (List<ByteRange> sequence : sequences) {
            rests.computeIfAbsent(sequence.getFirst(), _ -> new ArrayList<>()).add(sequence.subList(1, sequence.size()));
        }
        List<Step> to = new ArrayList<>();
        rests.values().forEach(rest -> to.add(rest.getFirst().isEmpty() ? next : character(rest, next, shared)));
        Step step = ranges(List.copyOf(rests.keySet()), to);
        shared.put(sequences, step);
        return step;
    }

    private Step ranges(List<ByteRange> ranges, List<Step> to) {
        for (ByteRange range : ranges) {
            boundary[range.first()] = true;
            boundary[range.last() + 1] = true;
        }
        return step(new Symbol.Bytes(ranges.stream().mapToInt(ByteRange::first).toArray(),
                ranges.stream().mapToInt(ByteRange::last).toArray(), to.toArray(Step[]::new)), Step.END);
    }

    private Step step(Symbol symbol, Step next) {
        if (++steps > MAX_STEPS) {
            throw new GrammarException(0, 0, "more than " + MAX_STEPS + " symbols");
        }
        return new Step(symbol, next);
    }
}
