package dev.nibble.text.tokenizer;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Decodes ids one by one: a character appears with its last byte. Where the vocabulary puts a space before every text, the first one is
 * removed; to continue a prompt, feed the prompt's ids first and discard their text.
 */
public final class StreamingDecoder {
    private final Tokenizer tokenizer;
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private byte[] rest = new byte[0]; // of an incomplete character
    private boolean spaceExpected;

    StreamingDecoder(Tokenizer tokenizer, boolean dropsFirstSpace) {
        this.tokenizer = tokenizer;
        this.spaceExpected = dropsFirstSpace;
    }

    /** The characters that the token completes; often none, sometimes several. */
    public String feed(int id) {
        byte[] bytes = tokenizer.bytes(id);
        if (bytes.length == 0) {
            return "";
        }
        int from = spaceExpected && bytes[0] == ' ' ? 1 : 0;
        spaceExpected = false;
        byte[] joined = new byte[rest.length + bytes.length - from];
        System.arraycopy(rest, 0, joined, 0, rest.length);
        System.arraycopy(bytes, from, joined, rest.length, bytes.length - from);
        return decoded(joined, false);
    }

    /** Returns the rest after the last token: U+FFFD for an incomplete character, otherwise nothing. */
    public String flush() {
        return decoded(rest, true);
    }

    private String decoded(byte[] bytes, boolean end) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length + 1);
        CoderResult result = utf8.reset().decode(in, out, end);
        if (result.isOverflow()) {
            throw new AssertionError("UTF-8 never has more characters than bytes");
        }
        rest = new byte[in.remaining()];
        in.get(rest);
        return out.flip().toString();
    }
}
