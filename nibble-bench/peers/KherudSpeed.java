import de.kherud.llama.InferenceParameters;
import de.kherud.llama.LlamaModel;
import de.kherud.llama.LlamaOutput;
import de.kherud.llama.ModelParameters;
import java.util.Arrays;

/** Tokens per second of llama.cpp in {@code de.kherud:llama}: MODEL PROMPT GENERATE THREADS ROUNDS. */
public final class KherudSpeed {
    public static void main(String[] a) {
        int prompt = Integer.parseInt(a[1]);
        int generate = Integer.parseInt(a[2]);
        int threads = Integer.parseInt(a[3]);
        int rounds = Integer.parseInt(a[4]);
        long start = System.nanoTime();
        LlamaModel model = new LlamaModel(new ModelParameters().setModel(a[0]).setThreads(threads).setThreadsBatch(threads)
                .setCtxSize(prompt + generate + 64).setGpuLayers(0));
        double load = (System.nanoTime() - start) / 1e9;
        double[] prompts = new double[rounds];
        double[] generations = new double[rounds];
        for (int round = -1; round < rounds; round++) {
            String text = text(prompt, round);
            int tokens = model.encode(text).length;
            long from = System.nanoTime();
            long first = 0;
            int count = 0;
            for (LlamaOutput output : model.generate(new InferenceParameters(text).setNPredict(generate).setTemperature(0).setIgnoreEos(true))) {
                count++;
                first = count == 1 ? System.nanoTime() : first;
            }
            if (round >= 0) {
                prompts[round] = tokens * 1e9 / (first - from);
                generations[round] = (count - 1) * 1e9 / (System.nanoTime() - first);
            }
        }
        Arrays.sort(prompts);
        Arrays.sort(generations);
        System.out.printf("de.kherud:llama threads %d load %.2f s prompt %.1f tok/s generate %.2f tok/s%n", threads, load,
                prompts[rounds / 2], generations[rounds / 2]);
        Runtime.getRuntime().halt(0); // the library leaves threads running
    }

    /** Text of about that many tokens, different every round to avoid caching. */
    private static String text(int tokens, int round) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; text.length() < tokens - 8; i++) {
            text.append((char) ('a' + (i * 7 + round * 3 + 11) % 26));
        }
        return text.toString();
    }
}
