package dev.nibble.core.evaluation;

import dev.nibble.text.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * SHA-256 of all tokens' strings, in order, each preceded by its length; a blank counts as ▁, as SentencePiece and GGUF write it. Models
 * with equal fingerprints share a vocabulary.
 */
public final class VocabularyFingerprint {
    private VocabularyFingerprint() {}

    public static String of(Tokenizer tokenizer) {
        MessageDigest digest = sha256();
        for (int id = 0; id < tokenizer.size(); id++) {
            byte[] token = tokenizer.token(id).replace(' ', '▁').getBytes(StandardCharsets.UTF_8);
            digest.update(Integer.toString(token.length).getBytes(StandardCharsets.US_ASCII));
            digest.update((byte) ' ');
            digest.update(token);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
