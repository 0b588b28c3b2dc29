package dev.nibble.core.conversion;

import java.util.List;
import java.util.Random;

/** Random texts that are difficult for tokenizers. */
final class RandomTexts {
    private static final List<String> PARTS = List.of(" ", "  ", "   ", "\n", "\r\n", "\n\n", "\t", "Hello", "hello", " world", "'s", "'LL",
            "don't", "1", "12", "3456", "٣", "½", "²", "ſ", "ò", "é", "e\u0301", "日本語", "工作", "ひらがな", "カタカナ", "한국어", "สวัสดี", "កាន់",
            "नमस्ते",
            "Привет", "ΑΒΓ", "🚀", "👩‍👩‍👧", "🏳️‍🌈", "🇩🇪", "\u200d", "\u00a0", "\u3000", "\u2003", "…", "—", "!", "?!", "...", "(",
            ")", "$", "€",
            "=", "==", "_", "foo_bar", "a.b", "https://x.y/z?q=1", "<", ">", "|", "<|", "|>", "\\", "/", "\u0000", "\u0007", "\uFFFD",
            "\u0600",
            "ﬁ", "Ǆ", "ª", "𐐀", "𝔘", "▁", "▁▁", "Ġ", "##", "the quick brown fox", "ABCdef", "camelCase", "x", "y", "Z");

    private final Random random;

    RandomTexts(long seed) {
        this.random = new Random(seed);
    }

    String next() {
        StringBuilder text = new StringBuilder();
        for (int n = random.nextInt(24); n > 0; n--) {
            text.append(PARTS.get(random.nextInt(PARTS.size())));
            if (random.nextInt(12) == 0) {
                text.appendCodePoint(codePoint());
            }
        }
        return text.toString();
    }

    private int codePoint() {
        int c = random.nextInt(random.nextBoolean() ? 0x3000 : 0x20000);
        return Character.isDefined(c) && Character.getType(c) != Character.SURROGATE ? c : 'q';
    }
}
