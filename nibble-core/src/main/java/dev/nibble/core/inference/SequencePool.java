package dev.nibble.core.inference;

import dev.nibble.MemoryPlan;
import dev.nibble.SessionOptions;
import dev.nibble.core.model.KvCache;
import dev.nibble.core.model.Model;
import java.util.ArrayList;
import java.util.List;

/**
 * Sequences that no answer uses at the moment; the next prompt continues the one it has most in common with. There are never more than the
 * memory plan allows, those in use included: that many answers run at a time.
 */
final class SequencePool implements AutoCloseable {
    private final Model model;
    private final SessionOptions options;
    private final MemoryPlan plan;
    private final List<Sequence> idle = new ArrayList<>(); // the longest unused first
    private int made;

    SequencePool(Model model, SessionOptions options, MemoryPlan plan) {
        this.model = model;
        this.options = options;
        this.plan = plan;
    }

    boolean hasRoom() {
        return !idle.isEmpty() || made < plan.sequences();
    }

    /** A sequence cut to what it has in common with the prompt, but for the prompt's last token: its logits are to be computed. */
    Sequence take(int[] prompt) {
        Sequence best = null;
        for (Sequence sequence : idle) {
            if (best == null || sequence.common(prompt) > best.common(prompt)) {
                best = sequence;
            }
        }
        if ((best == null || best.common(prompt) == 0) && made < plan.sequences()) {
            Sequence sequence = new Sequence(new KvCache(model.kvShape(), options.kvCodec(), plan.context()));
            made++; // only now: there may not have been memory for it
            return sequence;
        }
        idle.remove(best);
        best.cache().truncate(Math.min(best.common(prompt), prompt.length - 1));
        return best;
    }

    void release(Sequence sequence) {
        idle.add(sequence);
    }

    /** Forgets a sequence whose computation failed. */
    void drop(Sequence sequence) {
        made--;
        sequence.close();
    }

    @Override
    public void close() {
        idle.forEach(Sequence::close);
        idle.clear();
    }
}
