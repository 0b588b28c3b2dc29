package dev.nibble.text.grammar;

import dev.nibble.error.UnsupportedException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Follows a compiled grammar byte by byte. A state is a set of stacks; states and transitions are computed on demand and cached, until the
 * cache is full and cleared.
 *
 * <p>
 * Stacks deeper than {@value #DEEPEST} are dropped: text nested more deeply does not match. Text with more than {@value #MAX_STACKS} stacks
 * at once is refused.
 */
final class GrammarAutomaton {
    private static final int DEEPEST = 2000;
    private static final int MAX_STACKS = 4096;
    private static final int MAX_VISITS = 100_000;
    private static final int MAX_STATES = 20_000;
    private static final int MAX_CELLS = 500_000;

    private final GrammarCompiler.Compiled grammar;
    private final int[] oneByte; // one byte of every class
    private final Map<CellKey, StackFrame> cells = new HashMap<>();
    private final Map<StateKey, GrammarState> states = new HashMap<>();
    private int cellsMade;

    private record CellKey(Step step, int count, StackFrame below) {}

    private record StateKey(List<StackFrame> stacks, boolean accepting) {}

    /**
     * A stack to expand.
     *
     * @param fresh number of cells pushed since the last byte
     */
    private record Open(StackFrame cell, int fresh) {}

    GrammarAutomaton(Grammar grammar) {
        this.grammar = GrammarCompiler.compile(grammar);
        this.oneByte = new int[this.grammar.classes()];
        for (int b = 0; b < this.grammar.byteClass().length; b++) {
            oneByte[this.grammar.byteClass()[b]] = b;
        }
    }

    GrammarState start() {
        Closure closure = new Closure();
        closure.enter(grammar.root(), StackFrame.BOTTOM, 0);
        return closure.state();
    }

    GrammarState next(GrammarState state, byte b) {
        int byteClass = grammar.byteClass()[Byte.toUnsignedInt(b)];
        GrammarState known = state.next()[byteClass];
        return known != null ? known : follow(state, byteClass);
    }

    private GrammarState follow(GrammarState state, int byteClass) {
        Closure closure = new Closure();
        for (StackFrame cell : state.stacks()) {
            Symbol.Bytes bytes = (Symbol.Bytes) cell.step().symbol();
            int range = bytes.range(oneByte[byteClass]);
            if (range >= 0) {
                closure.open.add(new Open(at(bytes.to()[range], cell.below()), 0));
            }
        }
        GrammarState next = closure.state();
        state.next()[byteClass] = next;
        return next;
    }

    /** Clears the cache. States in use stay valid. */
    void forget() {
        cells.clear();
        states.clear();
    }

    private StackFrame at(Step step, StackFrame below) {
        return step == Step.END ? below : cell(step, 0, below);
    }

    private StackFrame cell(Step step, int count, StackFrame below) {
        return cells.computeIfAbsent(new CellKey(step, count, below), _ -> new StackFrame(step, count, below, cellsMade++));
    }

    /** Expands stacks to all that wait for a byte. */
    private final class Closure {
        private final Deque<Open> open = new ArrayDeque<>();
        private final Set<Open> seen = new HashSet<>();
        private final List<StackFrame> waiting = new ArrayList<>();
        private final Set<StackFrame> waitingSet = new HashSet<>();
        private boolean accepting;

        GrammarState state() {
            while (!open.isEmpty()) {
                Open next = open.pop();
                if (next.cell == StackFrame.BOTTOM) {
                    accepting = true;
                } else if (next.cell.depth() <= DEEPEST && seen.add(next)) {
                    visit(next.cell, next.fresh);
                }
            }
            waiting.sort(Comparator.comparingInt(StackFrame::id));
            if (states.size() >= MAX_STATES || cells.size() >= MAX_CELLS) {
                forget();
            }
            return states.computeIfAbsent(new StateKey(List.copyOf(waiting), accepting),
                    key -> new GrammarState(key.stacks, accepting, grammar.classes()));
        }

        private void visit(StackFrame cell, int fresh) {
            if (seen.size() > MAX_VISITS || waiting.size() > MAX_STACKS) {
                throw new UnsupportedException("the grammar is too ambiguous: more than " + MAX_STACKS
                        + " parses of the text so far; rewrite the rules so that fewer alternatives begin alike");
            }
            Step step = cell.step();
            switch (step.symbol()) {
                case Symbol.Bytes _ -> {
                    if (waitingSet.add(cell)) {
                        waiting.add(cell);
                    }
                }
                case Symbol.Call call -> {
                    int below = Math.max(0, fresh - 1);
                    enter(call.rule(), at(step.next(), cell.below()), step.next() == Step.END ? below : below + 1);
                }
                case Symbol.Repetition repeated -> repeat(repeated, cell, fresh);
            }
        }

        private void repeat(Symbol.Repetition repeated, StackFrame cell, int fresh) {
            if (cell.count() > 0 && fresh > 0) {
                return; // an empty repetition equals none
            }
            int below = Math.max(0, fresh - 1);
            Step behind = cell.step().next();
            if (cell.count() >= repeated.min()) {
                open.push(new Open(at(behind, cell.below()), behind == Step.END ? below : below + 1));
            }
            if (cell.count() < repeated.max()) {
                enter(repeated.body(), cell(cell.step(), repeated.counted(cell.count()), cell.below()), below + 1);
            }
        }

        /** Enters the rule; {@code fresh} is that of the stack to return to. */
        private void enter(Rule rule, StackFrame behind, int fresh) {
            for (Step first : rule.alternatives()) {
                open.push(first == Step.END ? new Open(behind, fresh) : new Open(cell(first, 0, behind), fresh + 1));
            }
        }
    }
}
