package dev.nibble.text.template;

import java.time.Clock;

/** One rendering of a template: its budget, clock, evaluator and executor. */
final class Rendering {
    private final RenderBudget budget;
    private final Clock clock;
    private final Evaluator evaluator = new Evaluator(this);
    private final Executor executor = new Executor(this);

    Rendering(RenderLimits limits, Clock clock) {
        this.budget = new RenderBudget(limits);
        this.clock = clock;
    }

    RenderBudget budget() {
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
