package dev.nibble.text.grammar;

import java.util.HashSet;
import java.util.Set;

/** Recognizer by exhaustive search: for each expression the set of positions at which it can end. */
final class Recogniser {
    private final Grammar grammar;
    private final int[] text;

    private Recogniser(Grammar grammar, String text) {
        this.grammar = grammar;
        this.text = text.codePoints().toArray();
    }

    static boolean matches(Grammar grammar, String text) {
        Recogniser recogniser = new Recogniser(grammar, text);
        return recogniser.ends(grammar.rules().get(Grammar.ROOT), 0).contains(recogniser.text.length);
    }

    private Set<Integer> ends(GrammarExpression expression, int from) {
        Set<Integer> ends = new HashSet<>();
        switch (expression) {
            case GrammarExpression.Literal literal -> {
                int[] wanted = literal.text().codePoints().toArray();
                int i = 0;
                while (i < wanted.length && from + i < text.length && text[from + i] == wanted[i]) {
                    i++;
                }
                if (i == wanted.length) {
                    ends.add(from + i);
                }
            }
            case GrammarExpression.CharacterClass one -> {
                if (from < text.length && one.set().contains(text[from])) {
                    ends.add(from + 1);
                }
            }
            case GrammarExpression.RuleName use -> ends.addAll(ends(grammar.rules().get(use.name()), from));
            case GrammarExpression.Choice choice -> choice.alternatives().forEach(alternative -> ends.addAll(ends(alternative, from)));
            case GrammarExpression.Sequence sequence -> {
                ends.add(from);
                for (GrammarExpression part : sequence.parts()) {
                    Set<Integer> further = new HashSet<>();
                    ends.forEach(end -> further.addAll(ends(part, end)));
                    ends.clear();
                    ends.addAll(further);
                }
            }
            case GrammarExpression.Repeat repeat -> repeated(repeat, from, ends);
        }
        return ends;
    }

    /** Tries counts until one reaches no new position; more empty repetitions than the text's length never help. */
    private void repeated(GrammarExpression.Repeat repeat, int from, Set<Integer> ends) {
        Set<Integer> reached = Set.of(from);
        int enough = Math.min(repeat.max(), repeat.min() + text.length + 1);
        for (int count = 0; count <= enough; count++) {
            if (count >= repeat.min()) {
                ends.addAll(reached);
            }
            Set<Integer> further = new HashSet<>();
            reached.forEach(end -> further.addAll(ends(repeat.body(), end)));
            reached = further;
        }
    }
}
