package dev.nibble.text.template;

import java.time.Clock;

/** One rendering of a template: its budget, clock, evaluator and executor. */
final class Rendering {
    private final Budget budget;
    private final Clock clock;
    private final Evaluator evaluator = new Evaluator(this);
    private final Executor executor = new Executor(this);

    Rendering(Limits limits, Clock clock) {
        this.budget = new Budget(limits);
        this.clock = clock;
    }

    Budget budget() {
        return budget;
    }

    Clock clock() {
        return clock;
    }

    Evaluator evaluator() {
        return evaluator;
    }

    Executor executor() {
        return executor;
    }

    String str(Value value) {
        return PythonText.str(value, budget);
    }

    StringValue text(String value) {
        budget.text(value.length());
        return new StringValue(value);
    }
}
