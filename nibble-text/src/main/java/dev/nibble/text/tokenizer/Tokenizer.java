package dev.nibble.text.tokenizer;

import dev.nibble.text.grammar.TokenBytes;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Text to the ids of tokens and back, as one model was trained with; may be used by any number of threads. Half surrogate pairs in a text
 * are read as U+FFFD.
 */
public interface Tokenizer extends TokenBytes, AutoCloseable {
    /** Returns the number of ids, from 0 on; some may be unused, so that no text becomes them. */
    @Override
    int size();

    /**
     * Encodes a text.
     *
     * @param addSpecial   whether to add the tokens the model expects around a text: the begin token, for most
     * @param parseSpecial whether text such as {@code <|im_start|>} becomes the control token of that name; without it no text ever becomes
     *                     a control token, which is the only safe way for what users type
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

    /** A new decoder for ids that come one by one. */
    StreamingDecoder stream();

    /** The tokens with a meaning of their own. */
    SpecialTokens special();

    /** The Jinja source that turns a conversation into text. */
    Optional<String> chatTemplate();

    @Override
    void close();
}
