package dev.nibble.core.inference;

import dev.nibble.MemoryPlan;
import dev.nibble.SessionOptions;
import dev.nibble.core.model.KvCache;
import dev.nibble.core.model.Model;
import java.util.ArrayList;
import java.util.List;

/**
 * Prompt prefix cache: idle sequences; a new prompt continues the one with the longest common prefix. Idle and active sequences together
 * never exceed the memory plan, which limits concurrent answers.
 */
final class SequencePool implements AutoCloseable {
    private final Model model;
    private final SessionOptions options;
    private final MemoryPlan plan;
    private final List<TokenSequence> idle = new ArrayList<>(); // least recently used first
    private int made;

    SequencePool(Model model, SessionOptions options, MemoryPlan plan) {
        this.model = model;
        this.options = options;
        this.plan = plan;
    }

    boolean hasRoom() {
        return !idle.isEmpty() || made < plan.sequences();
    }

    /** A sequence cut to its common prefix with the prompt, excluding the prompt's last token, whose logits are needed. */
    TokenSequence take(int[] prompt) {
        TokenSequence best = null;
        for (TokenSequence sequence : idle) {
            if (best == null || sequence.commonPrefix(prompt) > best.commonPrefix(prompt)) {
                best = sequence;
            }
        }
        if ((best == null || best.commonPrefix(prompt) == 0) && made < plan.sequences()) {
            TokenSequence sequence = new TokenSequence(new KvCache(model.kvShape(), options.kvCodec(), plan.context()));
            made++; // not before: the allocation may fail
            return sequence;
        }
        idle.remove(best);
        best.cache().truncate(Math.min(best.commonPrefix(prompt), prompt.length - 1));
        return best;
    }

    void release(TokenSequence sequence) {
        idle.add(sequence);
    }

    /** Discards a sequence whose computation failed. */
    void drop(TokenSequence sequence) {
        made--;
        sequence.close();
    }

    @Override
    public void close() {
        idle.forEach(TokenSequence::close);
        idle.clear();
    }
}
