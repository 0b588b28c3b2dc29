package dev.nibble.text.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Refuses rules that reach themselves before any character, which would never end. */
final class LeftRecursion {
    private LeftRecursion() {}

    /** @throws GrammarException naming the rules of one cycle */
    static void refuse(List<Rule> rules) {
        Map<Rule, Integer> openStarts = new HashMap<>();
        Map<Rule, List<Rule>> startedBy = new HashMap<>();
        Deque<Rule> sound = new ArrayDeque<>();
        for (Rule rule : rules) {
            List<Rule> starts = starts(rule);
            openStarts.put(rule, starts.size());
            starts.forEach(start -> startedBy.computeIfAbsent(start, _ -> new ArrayList<>()).add(rule));
            if (starts.isEmpty()) {
                sound.add(rule);
            }
        }
        while (!sound.isEmpty()) {
            for (Rule user : startedBy.getOrDefault(sound.pop(), List.of())) {
                if (openStarts.merge(user, -1, Integer::sum) == 0) {
                    sound.add(user);
                }
            }
        }
        for (Rule rule : rules) {
            if (openStarts.get(rule) > 0) {
                throw new GrammarException(0, 0, "left recursion: " + circle(rule, openStarts)
                        + " begins with itself; write the repetition with * or recurse after a character");
            }
        }
    }

    /** The rules an alternative may begin with. */
    private static List<Rule> starts(Rule rule) {
        List<Rule> starts = new ArrayList<>();
        for (Step first : rule.alternatives()) {
            Step step = first;
            boolean onward = true;
            while (onward && step != Step.END) {
                switch (step.symbol()) {
                    case Symbol.Call call -> starts.add(call.rule());
                    case Symbol.Repetition repeated -> starts.add(repeated.body());
                    case Symbol.Bytes _ -> {
                    }
                }
                onward = Nullability.nullable(step.symbol());
                step = step.next();
            }
        }
        return starts;
    }

    private static String circle(Rule unsound, Map<Rule, Integer> openStarts) {
        Set<Rule> path = new LinkedHashSet<>();
        Rule rule = unsound;
        while (path.add(rule)) {
            rule = starts(rule).stream().filter(start -> openStarts.get(start) > 0).findFirst().orElseThrow();
        }
        Rule entry = rule;
        List<String> names = path.stream().dropWhile(r -> r != entry).map(Rule::name).distinct().toList();
        return "rule \"" + String.join("\" → \"", names) + "\"";
    }
}
