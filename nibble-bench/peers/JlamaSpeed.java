import com.github.tjake.jlama.model.AbstractModel;
import com.github.tjake.jlama.model.ModelSupport;
import com.github.tjake.jlama.model.functions.Generator;
import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.safetensors.prompt.PromptContext;
import java.io.File;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;

/** Tokens per second of Jlama: DIRECTORY PROMPT GENERATE THREADS ROUNDS. Quantizes to its own Q4 while loading, activations I8. */
public final class JlamaSpeed {
    private static File workingDirectory() {
        File folder = new File("jlama-work");
        folder.mkdirs();
        return folder;
    }

    public static void main(String[] a) throws Exception {
        int prompt = Integer.parseInt(a[1]);
        int generate = Integer.parseInt(a[2]);
        int rounds = Integer.parseInt(a[4]);
        long start = System.nanoTime();
        AbstractModel model = ModelSupport.loadModel(new File(a[0]), workingDirectory(), DType.F32, DType.I8, Optional.of(DType.Q4),
                Optional.of(Integer.parseInt(a[3])));
        double load = (System.nanoTime() - start) / 1e9;
        double[] prompts = new double[rounds];
        double[] generations = new double[rounds];
        for (int round = -1; round < rounds; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; text.length() < prompt - 8; i++) {
                text.append((char) ('a' + (i * 7 + round * 3 + 11) % 26));
            }
            Generator.Response r = model.generate(UUID.randomUUID(), PromptContext.of(text.toString()), 0.7f, prompt + generate,
                    (token, time) -> {
                    });
            if (round >= 0) {
                prompts[round] = r.promptTokens * 1e3 / r.promptTimeMs;
                generations[round] = r.generatedTokens * 1e3 / r.generateTimeMs;
            }
        }
        Arrays.sort(prompts);
        Arrays.sort(generations);
        System.out.printf("Jlama threads %s load %.2f s prompt %.1f tok/s generate %.2f tok/s%n", a[3], load, prompts[rounds / 2],
                generations[rounds / 2]);
        System.exit(0);
    }
}
