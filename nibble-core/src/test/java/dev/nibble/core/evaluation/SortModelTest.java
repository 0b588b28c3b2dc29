package dev.nibble.core.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nibble.LoadOptions;
import dev.nibble.core.SharedMaterial;
import dev.nibble.core.backend.Backends;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.inference.LoadedModel;
import dev.nibble.core.inference.LogSoftmax;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.model.Batch;
import dev.nibble.core.model.KvCache;
import dev.nibble.text.json.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A GPT-2 that sorts six digits of 0 to 2, with the intermediate results of its own implementation. */
@Tag("shared")
class SortModelTest {
    private static final int DIGITS = 6;

    /** Layers and their names in the file, which has all parts of the first layer and the outputs of all. */
    private static final Map<String, String> PARTS = Map.of("0 inp_embd", "x", "0 attn_norm", "ln1", "0 attn_out", "yProj", "0 ffn_norm",
            "ln2", "0 ffn_out", "mlp", "0 l_out", "block0", "1 l_out", "block1", "2 l_out", "block2", "3 output_norm", "ln_f");

    @Test
    void everyActivationIsThatOfTheReference() throws IOException {
        Path directory = SharedMaterial.path("models/gpt2-nano-sort");
        Json partials = Json.read(directory.resolve("gpt-nano-sort-t0-partials.json"), Json.Limits.CONFIG);
        float[] ids = numbers(partials, "idx");
        try (LoadedModel model = open(directory)) {
            for (int sequence = 0; sequence < 3; sequence++) {
                int[] tokens = new int[11];
                for (int i = 0; i < tokens.length; i++) {
                    tokens[i] = (int) ids[sequence * 11 + i];
                }
                Set<String> seen = new TreeSet<>();
                check(model, tokens, partials, sequence, seen);
                assertEquals(new TreeSet<>(PARTS.keySet()), seen);
            }
        }
    }

    private static void check(LoadedModel model, int[] tokens, Json partials, int sequence, Set<String> seen) {
        try (KvCache cache = new KvCache(model.kvShape(), Plain.F32, tokens.length)) {
            Matrix hidden = Matrix.of(tokens.length, model.hidden());
            model.forward(Batch.of(cache, tokens), hidden, (layer, part, values) -> {
                String name = PARTS.get(layer + " " + part);
                if (name != null) {
                    seen.add(layer + " " + part);
                    near(numbers(partials, name), sequence, values, name);
                }
            });
            Matrix logits = Matrix.of(tokens.length, model.vocabulary());
            model.logits(hidden, logits);
            near(numbers(partials, "lm_head"), sequence, logits, "lm_head");
        }
    }

    private static void near(float[] expected, int sequence, Matrix found, String name) {
        int count = found.rows() * found.columns();
        double largest = 0;
        for (float number : expected) {
            largest = Math.max(largest, Math.abs(number));
        }
        for (int i = 0; i < count; i++) {
            assertEquals(expected[sequence * count + i], found.data()[found.from() + i], 1e-5 * largest, name + " " + i);
        }
    }

    private static float[] numbers(Json partials, String name) {
        byte[] bytes = Base64.getDecoder().decode(partials.require(name).require("data").string());
        float[] numbers = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(numbers);
        return numbers;
    }

    @Test
    void allInputsAreSorted() throws IOException {
        try (LoadedModel model = open(SharedMaterial.path("models/gpt2-nano-sort"))) {
            List<String> wrong = new ArrayList<>();
            for (int number = 0; number < 729; number++) {
                int[] digits = new int[DIGITS];
                for (int i = 0, rest = number; i < DIGITS; i++, rest /= 3) {
                    digits[i] = rest % 3;
                }
                int[] sorted = digits.clone();
                Arrays.sort(sorted);
                if (!Arrays.equals(sorted, answer(model, digits))) {
                    wrong.add(Arrays.toString(digits));
                }
            }
            assertTrue(wrong.isEmpty(), () -> wrong.toString());
        }
    }

    /** Generates the most probable digit six times. */
    private static int[] answer(LoadedModel model, int[] digits) {
        int[] answer = new int[DIGITS];
        int[] next = digits;
        try (KvCache cache = new KvCache(model.kvShape(), Plain.F32, 2 * DIGITS)) {
            for (int i = 0; i < DIGITS; i++) {
                Matrix hidden = Matrix.of(next.length, model.hidden());
                model.forward(Batch.of(cache, next), hidden);
                Matrix logits = Matrix.of(1, model.vocabulary());
                model.logits(hidden.slice(next.length - 1, 1), logits);
                answer[i] = LogSoftmax.largest(logits.data(), 0, logits.columns());
                next = new int[]{answer[i]};
            }
        }
        assertArrayEquals(new int[]{answer[DIGITS - 1]}, next);
        return answer;
    }

    private static LoadedModel open(Path directory) throws IOException {
        return LoadedModel.open(directory, new LoadOptions(Backends.detect(), 2));
    }
}
