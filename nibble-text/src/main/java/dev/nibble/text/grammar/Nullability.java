package dev.nibble.text.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Finds the rules that match the empty text. */
final class Nullability {
    private Nullability() {}

    static void find(List<Rule> rules) {
        Map<Rule, List<Rule>> users = new HashMap<>();
        for (Rule user : rules) {
            for (Step first : user.alternatives()) {
                for (Step step = first; step != Step.END; step = step.next()) {
                    switch (step.symbol()) {
                        case Symbol.Call call -> users.computeIfAbsent(call.rule(), _ -> new ArrayList<>()).add(user);
                        case Symbol.Repetition repeated -> users.computeIfAbsent(repeated.body(), _ -> new ArrayList<>()).add(user);
                        case Symbol.Bytes _ -> {
                        }
                    }
                }
            }
        }
        Deque<Rule> open = new ArrayDeque<>(rules);
        while (!open.isEmpty()) {
            Rule rule = open.pop();
            if (!rule.nullable() && rule.alternatives().stream().anyMatch(Nullability::allNullable)) {
                rule.becomeNullable();
                open.addAll(users.getOrDefault(rule, List.of()));
            }
        }
    }

    private static boolean allNullable(Step first) {
        Step step = first;
        while (step != Step.END && nullable(step.symbol())) {
            step = step.next();
        }
        return step == Step.END;
    }

    static boolean nullable(Symbol symbol) {
        return switch (symbol) {
            case Symbol.Bytes _ -> false;
            case Symbol.Call call -> call.rule().nullable();
            case Symbol.Repetition repeated -> repeated.min() == 0;
        };
    }
}
