package dev.nibble.text.tokenizer;

import dev.nibble.text.grammar.TokenBytes;
import java.util.Optional;
import java.util.OptionalInt;

/** Converts text to the token ids of one model and back; thread-safe. Unpaired surrogates are read as U+FFFD. */
public interface Tokenizer extends TokenBytes, AutoCloseable {
    /** Returns the number of ids, from 0 on; some may be unused. */
    @Override
    int size();

    /**
     * Encodes a text.
     *
     * @param addSpecial   whether to add the tokens the model expects around a text: the begin token, for most
     * @param parseSpecial whether text such as {@code <|im_start|>} becomes the control token of that name; false is the safe choice for
     *                     user input, which then never becomes a control token
     */
    int[] encode(String text, boolean addSpecial, boolean parseSpecial);

    /** Decodes ids without control tokens; bytes that are not UTF-8 become U+FFFD. */
    default String decode(int... ids) {
        StreamingDecoder stream = stream();
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            text.append(stream.feed(id));
        }
        return text.append(stream.flush()).toString();
    }

    /** Returns the bytes that a token adds to a text; none for control tokens and unused ids. */
    @Override
    byte[] bytes(int id);

    /** Returns whether the token is one of {@link SpecialTokens#endOfGeneration}. */
    @Override
    default boolean endOfGeneration(int id) {
        return special().endOfGeneration().contains(id);
    }

    /** Returns the token as the vocabulary spells it. */
    String token(int id);

    /** Returns the id of the token with that spelling in the vocabulary. */
    OptionalInt id(String token);

    /** A new streaming decoder. */
    StreamingDecoder stream();

    /** The special tokens. */
    SpecialTokens special();

    /** Jinja source of the chat template. */
    Optional<String> chatTemplate();

    @Override
    void close();
}
