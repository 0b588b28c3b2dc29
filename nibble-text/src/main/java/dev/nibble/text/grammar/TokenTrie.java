package dev.nibble.text.grammar;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * A vocabulary as a trie over bytes. Nodes are stored in preorder, so a walk continues with the next node or skips a subtree. Built once
 * per tokenizer; about 15 bytes per node.
 */
public final class TokenTrie {
    private final TokenBytes tokens;
    private final int[] ordered; // ids of the tokens with bytes, by bytes
    private byte[] label; // per node: its last byte
    private int[] depth; // per node: bytes from the root, which is not stored
    private int[] behind; // per node: the first node after its subtree
    private int[] firstToken; // per node: index of its first token in ordered; they end at the next node's first
    private int nodes;
    private int deepest;
    private final boolean hasEnd;

    public TokenTrie(TokenBytes tokens) {
        this.tokens = tokens;
        byte[][] bytes = IntStream.range(0, tokens.size()).mapToObj(id -> tokens.endOfGeneration(id) ? new byte[0] : tokens.bytes(id))
                .toArray(byte[][]::new);
        this.ordered = IntStream.range(0, bytes.length).filter(id -> bytes[id].length > 0).boxed()
                .sorted(Comparator.comparing((Integer id) -> bytes[id], Arrays::compareUnsigned)).mapToInt(Integer::intValue).toArray();
        this.hasEnd = IntStream.range(0, tokens.size()).anyMatch(tokens::endOfGeneration);
        build(bytes);
    }

    private void build(byte[][] bytes) {
        long max = 1 + Arrays.stream(ordered).mapToLong(id -> bytes[id].length).sum();
        label = new byte[Math.toIntExact(max)];
        depth = new int[label.length];
        behind = new int[label.length];
        firstToken = new int[label.length + 1];
        int[] path = new int[1 + Arrays.stream(ordered).map(id -> bytes[id].length).max().orElse(0)];
        byte[] before = {};
        for (int i = 0; i < ordered.length; i++) {
            byte[] token = bytes[ordered[i]];
            int shared = Arrays.mismatch(before, token);
            if (shared >= 0) {
                close(path, shared, before.length);
                for (int at = shared; at < token.length; at++) {
                    label[nodes] = token[at];
                    depth[nodes] = at + 1;
                    firstToken[nodes] = i; // an inner node has none: the next node's first is the same
                    path[at + 1] = nodes++;
                }
            }
            before = token;
        }
        close(path, 0, before.length);
        deepest = path.length - 1;
        label = Arrays.copyOf(label, nodes);
        depth = Arrays.copyOf(depth, nodes);
        behind = Arrays.copyOf(behind, nodes);
        firstToken = Arrays.copyOf(firstToken, nodes + 1);
        firstToken[nodes] = ordered.length;
    }

    private void close(int[] path, int from, int to) {
        for (int at = from; at < to; at++) {
            behind[path[at + 1]] = nodes;
        }
    }

    TokenBytes tokens() {
        return tokens;
    }

    boolean hasEnd() {
        return hasEnd;
    }

    int size() {
        return tokens.size();
    }

    /** Sets the bits of the tokens that may follow the state. */
    void allowed(GrammarAutomaton automaton, GrammarState state, long[] bits) {
        GrammarState[] path = new GrammarState[deepest + 1];
        path[0] = state;
        int node = 0;
        while (node < nodes) {
            GrammarState next = automaton.next(path[depth[node] - 1], label[node]);
            if (next.dead()) {
                node = behind[node];
                continue;
            }
            path[depth[node]] = next;
            for (int i = firstToken[node]; i < firstToken[node + 1]; i++) {
                bits[ordered[i] >> 6] |= 1L << ordered[i];
            }
            node++;
        }
    }
}
