package dev.nibble.bench;

import dev.nibble.text.grammar.GrammarConstraint;
import dev.nibble.text.grammar.JsonSchema;
import dev.nibble.text.grammar.TokenBytes;
import dev.nibble.text.grammar.TokenGrammar;
import dev.nibble.text.grammar.TokenTrie;
import dev.nibble.text.sampling.SamplingOptions;
import dev.nibble.text.sampling.TokenSampler;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.IntConsumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sampling}: median time of sampling one token, in microseconds, for vocabularies of 32,000 and 150,000 tokens. */
@Command(name = "sampling", mixinStandardHelpOptions = true)
final class SamplingBench implements Callable<Integer> {
    @Option(names = "--repeats")
    private int repeats = 300;

    @Override
    public Integer call() {
        for (int vocabulary : List.of(32_000, 150_000)) {
            System.out.printf("%,d tokens, µs per token%n", vocabulary);
            float[][] logits = logits(vocabulary);
            options().forEach((name, options) -> {
                TokenSampler sampler = new TokenSampler(options, vocabulary);
                print(name, repeat -> sampler.next(logits[repeat % logits.length]));
            });
            TokenSampler sampler = new TokenSampler(SamplingOptions.DEFAULTS, vocabulary);
            print("defaults, 5 log-probabilities", repeat -> sampler.choose(logits[repeat % logits.length], 5));
            grammar(vocabulary, logits);
        }
        return 0;
    }

    private static Map<String, SamplingOptions> options() {
        SamplingOptions all = SamplingOptions.DEFAULTS.withTopK(0).withTopP(1).withMinP(0);
        Map<String, SamplingOptions> options = new LinkedHashMap<>();
        options.put("greedy", SamplingOptions.GREEDY);
        options.put("defaults", SamplingOptions.DEFAULTS);
        options.put("defaults with penalties", SamplingOptions.DEFAULTS.withRepeatPenalty(1.1f, 64));
        options.put("top-k 1000", all.withTopK(1000));
        options.put("top-p 0.95 alone", all.withTopP(0.95f));
        options.put("min-p 0.05 alone", all.withMinP(0.05f));
        options.put("typical-p 0.9 alone", all.withTypicalP(0.9f));
        options.put("temperature alone", all);
        options.put("mirostat 1", all.withMirostat(1, 5, 0.1f));
        options.put("mirostat 2", all.withMirostat(2, 5, 0.1f));
        return options;
    }

    private void grammar(int vocabulary, float[][] logits) {
        Vocabulary tokens = new Vocabulary(vocabulary);
        long before = System.nanoTime();
        TokenTrie trie = new TokenTrie(tokens);
        System.out.printf("%-32s %,9.0f%n", "trie, once", (System.nanoTime() - before) / 1e3);
        TokenGrammar grammar = new TokenGrammar(JsonSchema.anyObject(), trie);
        GrammarConstraint constraint = grammar.constraint();
        for (byte b : "{\"key\": \"".getBytes(java.nio.charset.StandardCharsets.US_ASCII)) {
            constraint.accept(b);
        }
        before = System.nanoTime();
        constraint.mask(logits[0].clone());
        System.out.printf("%-32s %,9.0f%n", "mask in a string, first time", (System.nanoTime() - before) / 1e3);
        float[] masked = new float[vocabulary];
        print("mask in a string, known", _ -> constraint.mask(masked));
        print("mask in a string, a new grammar", _ -> {
            GrammarConstraint fresh = new TokenGrammar(JsonSchema.anyObject(), trie).constraint();
            "{\"key\": \"".chars().forEach(fresh::accept);
            fresh.mask(masked);
        });
    }

    private void print(String name, IntConsumer work) {
        double[] micros = new double[repeats];
        for (int repeat = 0; repeat < repeats; repeat++) {
            long before = System.nanoTime();
            work.accept(repeat);
            micros[repeat] = (System.nanoTime() - before) / 1e3;
        }
        Arrays.sort(micros);
        System.out.printf("%-32s %,9.0f%n", name, micros[repeats / 2]);
    }

    /** Gaussian logits with a few outliers, as of a model. */
    private static float[][] logits(int vocabulary) {
        Random random = new Random(1);
        float[][] logits = new float[8][vocabulary];
        for (float[] own : logits) {
            for (int i = 0; i < vocabulary; i++) {
                own[i] = (float) (2.5 * random.nextGaussian());
            }
            for (int i = 0; i < 50; i++) {
                own[random.nextInt(vocabulary)] = (float) (12 + 3 * random.nextGaussian());
            }
        }
        return logits;
    }

    /** All bytes, then words of two to eleven letters, some after a space. */
    private static final class Vocabulary implements TokenBytes {
        private final byte[][] tokens;

        Vocabulary(int size) {
            Random random = new Random(2);
            tokens = new byte[size][];
            for (int id = 0; id < size; id++) {
                byte[] token = new byte[id < 256 ? 1 : 2 + random.nextInt(10)];
                for (int i = 0; i < token.length; i++) {
                    token[i] = (byte) (id < 256
                            ? id
                            : i == 0 && random.nextBoolean() ? ' ' : 'a' + Math.min(random.nextInt(26), random.nextInt(26)));
                }
                tokens[id] = token;
            }
        }

        @Override
        public int size() {
            return tokens.length;
        }

        @Override
        public byte[] bytes(int id) {
            return tokens[id];
        }

        @Override
        public boolean endOfGeneration(int id) {
            return false;
        }
    }
}
