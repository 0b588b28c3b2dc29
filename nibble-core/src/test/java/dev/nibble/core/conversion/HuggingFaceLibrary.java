package dev.nibble.core.conversion;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Hugging Face's own library as a reference; kept off the network. */
final class HuggingFaceLibrary implements AutoCloseable {
    private final HuggingFaceTokenizer tokenizer;

    private HuggingFaceLibrary(HuggingFaceTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** Skips the test if the library has no native code for this machine. */
    static HuggingFaceLibrary open(Path file) throws IOException {
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("ai.djl.offline", "true");
        try {
            return new HuggingFaceLibrary(HuggingFaceTokenizer.newInstance(file, Map.of("truncation", "DO_NOT_TRUNCATE")));
        } catch (UnsatisfiedLinkError | ExceptionInInitializerError e) {
            assumeTrue(false, () -> "no native library: " + e);
            throw e;
        }
    }

    List<Integer> encode(String text, boolean addSpecial) {
        return Arrays.stream(tokenizer.encode(text, addSpecial, false).getIds()).mapToObj(Math::toIntExact).toList();
    }

    String decode(int... ids) {
        return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), true);
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
