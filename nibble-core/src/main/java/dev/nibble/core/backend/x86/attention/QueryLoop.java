package dev.nibble.core.backend.x86.attention;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import java.util.function.IntConsumer;

/** Loop over RCX queries: several at a time, the last ones singly. */
final class QueryLoop {
    private QueryLoop() {}

    /** @param rows writes the code for a number of queries, which advances the addresses */
    static void write(Assembler code, int several, IntConsumer rows) {
        for (int count : new int[]{several, 1}) {
            Label enough = code.label();
            Label again = code.here();
            code.cmp(Gpr.RCX, count);
            code.jump(Condition.LESS, enough);
            rows.accept(count);
            code.sub(Gpr.RCX, count);
            code.jmp(again);
            code.bind(enough);
        }
    }
}
