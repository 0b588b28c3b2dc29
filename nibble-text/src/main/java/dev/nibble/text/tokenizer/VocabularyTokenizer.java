package dev.nibble.text.tokenizer;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** A tokenizer with its vocabulary in memory, from any kind of file. */
final class VocabularyTokenizer implements Tokenizer {
    /**
     * Parts of a tokenizer.
     *
     * @param tokens          by id
     * @param dropsFirstSpace whether decoding removes a text's first space
     * @param literal         added tokens matched in the text as it is
     * @param normalizer      applied to the text between those
     * @param normalized      added tokens matched in the normalized text
     * @param segmenter       encodes the rest
     * @param before          ids added before a text
     * @param after           ids added after a text
     */
    record Parts(List<GgufVocabulary.Token> tokens, Spelling spelling, boolean dropsFirstSpace, AddedTokens literal,
            UnaryOperator<String> normalizer, AddedTokens normalized, Segmenter segmenter, List<Integer> before, List<Integer> after,
            SpecialTokens special, Optional<String> chatTemplate) {}

    private static final Pattern HALF_PAIR = Pattern.compile("\\p{Cs}");

    private final Parts parts;
    private final Map<String, Integer> ids;

    VocabularyTokenizer(Parts parts) {
        this.parts = parts;
        this.ids = HashMap.newHashMap(parts.tokens().size());
        for (int id = 0; id < parts.tokens().size(); id++) {
            ids.putIfAbsent(parts.tokens().get(id).text(), id);
        }
    }

    @Override
    public int size() {
        return parts.tokens().size();
    }

    @Override
    public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
        Ids encoded = new Ids(Math.max(16, text.length() / 3));
        if (addSpecial) {
            parts.before().forEach(encoded::add);
        }
        String sound = HALF_PAIR.matcher(text).replaceAll("\uFFFD");
        parts.literal().split(sound, true, parseSpecial, encoded::add, (part, first) -> parts.normalized()
                .split(parts.normalizer().apply(part), first, parseSpecial, encoded::add,
                        (rest, begins) -> parts.segmenter().encode(rest, begins, encoded)));
        if (addSpecial) {
            parts.after().forEach(encoded::add);
        }
        return encoded.toArray();
    }

    @Override
    public byte[] bytes(int id) {
        GgufVocabulary.Token token = get(id);
        return switch (token.type()) {
            case NORMAL -> parts.spelling().bytes(token.text());
            case USER_DEFINED -> Spelling.utf8(token.text());
            case BYTE -> new byte[]{(byte) Integer.parseInt(token.text().substring(3, 5), 16)};
            case CONTROL, UNKNOWN, UNUSED -> new byte[0];
        };
    }

    private GgufVocabulary.Token get(int id) {
        if (id < 0 || id >= size()) {
            throw new IllegalArgumentException("token id " + id + ": there are ids from 0 to " + (size() - 1));
        }
        return parts.tokens().get(id);
    }

    @Override
    public String token(int id) {
        return get(id).text();
    }

    @Override
    public OptionalInt id(String token) {
        Integer id = ids.get(Objects.requireNonNull(token));
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    @Override
    public StreamingDecoder stream() {
        return new StreamingDecoder(this, parts.dropsFirstSpace());
    }

    @Override
    public SpecialTokens special() {
        return parts.special();
    }

    @Override
    public Optional<String> chatTemplate() {
        return parts.chatTemplate();
    }

    @Override
    public void close() {
        // nothing outside of the heap
    }
}
