package dev.nibble.text.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** All 256 bytes, pieces of JSON, random runs of bytes (also across characters), control tokens and two end tokens. */
final class SyntheticVocabulary implements TokenBytes {
    private static final String CORPUS = "{\"name\": \"Gr\u00fc\u00dfe \ud83d\ude00\", \"items\":[1, -2.5e3, true,false,null],\n  \"x\":\"2024-02-29T10:00:00Z\"}";

    private final List<byte[]> tokens = new ArrayList<>();

    SyntheticVocabulary(RandomGenerator random, int merges) {
        for (int b = 0; b < 256; b++) {
            tokens.add(new byte[]{(byte) b});
        }
        tokens.add(new byte[0]); // a control token
        tokens.add("</s>".getBytes(StandardCharsets.UTF_8));
        tokens.add(new byte[0]);
        byte[] corpus = CORPUS.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < merges; i++) {
            int from = random.nextInt(corpus.length);
            tokens.add(java.util.Arrays.copyOfRange(corpus, from, Math.min(corpus.length, from + random.nextInt(2, 9))));
        }
    }

    static final int CONTROL = 256;
    static final int END = 257;
    static final int OTHER_END = 258;

    @Override
    public int size() {
        return tokens.size();
    }

    @Override
    public byte[] bytes(int id) {
        return tokens.get(id);
    }

    @Override
    public boolean endOfGeneration(int id) {
        return id == END || id == OTHER_END;
    }

    /** A text of the grammar, every token drawn from those allowed; long texts are steered towards their end. */
    static String write(TokenGrammar grammar, TokenBytes tokens, RandomGenerator random, int length) {
        GrammarConstraint constraint = grammar.constraint();
        java.io.ByteArrayOutputStream text = new java.io.ByteArrayOutputStream();
        for (int i = 0; i < 40 * length + 400; i++) {
            float[] logits = new float[tokens.size()];
            constraint.mask(logits);
            List<Integer> allowed = java.util.stream.IntStream.range(0, logits.length).filter(t -> logits[t] == 0).boxed().toList();
            if (allowed.isEmpty()) {
                throw new AssertionError("nothing may follow " + text.toString(StandardCharsets.UTF_8));
            }
            if (constraint.mayEnd() && (i > length || allowed.size() == 2 || random.nextInt(10) == 0)) {
                constraint.accept(END);
                return text.toString(StandardCharsets.UTF_8);
            }
            List<Integer> going = allowed.stream().filter(t -> !tokens.endOfGeneration(t)).toList();
            List<Integer> closing = going.stream().filter(t -> tokens.bytes(t).length == 1 && "\"}]0".indexOf(tokens.bytes(t)[0]) >= 0)
                    .toList();
            List<Integer> from = i > length && !closing.isEmpty() && random.nextInt(4) > 0 ? closing : going;
            int token = from.get(random.nextInt(from.size()));
            constraint.accept(token);
            text.writeBytes(tokens.bytes(token));
        }
        throw new AssertionError("no end in sight: " + text.toString(StandardCharsets.UTF_8));
    }
}
