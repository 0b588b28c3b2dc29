package dev.nibble.text.template;

/** Text being written within the budget. */
final class Output {
    private final StringBuilder text = new StringBuilder();
    private final RenderBudget budget;

    Output(RenderBudget budget) {
        this.budget = budget;
    }

    Output append(String part) {
        if (text.length() + (long) part.length() > budget.limits().output()) {
            throw TemplateException.budget("more than " + budget.limits().output() + " characters of text");
        }
        budget.text(part.length());
        text.append(part);
        return this;
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
