package dev.nibble.core.evaluation.task;

import dev.nibble.text.tokenizer.SpecialTokens;
import dev.nibble.text.tokenizer.StreamingDecoder;
import dev.nibble.text.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;

/** Tokens are ASCII characters; 1 begins a text, 2 ends it. */
record CharacterTokenizer(boolean ends) implements Tokenizer {
    @Override
    public int size() {
        return 128;
    }

    @Override
    public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
        return IntStream.concat(IntStream.concat(IntStream.of(1), text.chars()), ends ? IntStream.of(2) : IntStream.empty()).toArray();
    }

    @Override
    public byte[] bytes(int id) {
        return token(id).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String token(int id) {
        return Character.toString(id);
    }

    @Override
    public OptionalInt id(String token) {
        return token.length() == 1 ? OptionalInt.of(token.charAt(0)) : OptionalInt.empty();
    }

    @Override
    public StreamingDecoder stream() {
        throw new UnsupportedOperationException();
    }

    @Override
    public SpecialTokens special() {
        return new SpecialTokens(OptionalInt.of(1), OptionalInt.of(2), Set.of(2), true, ends);
    }

    @Override
    public Optional<String> chatTemplate() {
        return Optional.empty();
    }

    @Override
    public void close() {}
}
