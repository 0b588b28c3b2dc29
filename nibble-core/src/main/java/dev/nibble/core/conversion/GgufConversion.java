package dev.nibble.core.conversion;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.layout.QuantizationConfig;
import dev.nibble.core.layout.QuantizedCheckpoint;
import dev.nibble.core.model.architecture.Architectures;
import dev.nibble.core.model.mapping.Architecture;
import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.TensorMapping;
import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.core.model.mapping.TensorRule;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import dev.nibble.text.tokenizer.TokenizerDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Converts a Hugging Face directory to GGUF. */
public final class GgufConversion {
    private static final String BIAS = ".bias";
    private static final Set<String> F32_BY_NAME = Set.of("position_embd.weight", "token_types.weight");

    /** The order of llama-quantize: tensors outside of blocks first, then block after block; by name within. */
    public static final Comparator<String> FILE_ORDER = Comparator
            .comparingInt((String name) -> new TensorName(name).block().orElse(-1)).thenComparing(Comparator.naturalOrder());

    private final Architecture architecture;
    private final Config config;
    private final Checkpoint weights;
    private final Map<String, String> stored = new LinkedHashMap<>(); // canonical name → name in the file
    private final List<TensorRule> rules;
    private final List<TensorRule> complete = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    private GgufConversion(Config file, Checkpoint weights) {
        this.architecture = Architectures.of(file);
        this.config = architecture.language(file);
        this.weights = weights;
        this.rules = architecture.tensors(config);
        TensorAliases aliases = new TensorAliases(architecture, rules);
        for (String name : weights.names()) {
            aliases.canonical(name).ifPresent(canonical -> {
                String other = stored.put(canonical, name);
                if (other != null) {
                    throw new MalformedFileException("TENSOR_TWICE", weights.path(), -1, name, "is the same tensor as " + other);
                }
            });
        }
    }

    /**
     * Plans the GGUF file of the model in {@code directory}; reads its configuration and tokenizer, but no tensor.
     *
     * @param weights the directory's tensors, which must stay open while the plan is used
     * @throws UnsupportedException if Nibble does not know the family or the quantization of its weights
     */
    public static ConversionPlan plan(Path directory, Checkpoint weights) throws IOException {
        Path file = directory.resolve("config.json");
        if (!Files.isRegularFile(file)) {
            throw new MalformedFileException("CONFIG_MISSING", file, -1, "", "there is no such file, so this is not a model's directory");
        }
        Config config = Config.read(file);
        Optional<QuantizationConfig> quantization = QuantizationConfig.of(directory);
        if (quantization.isEmpty()) {
            return new GgufConversion(config, weights).plan(directory);
        }
        QuantizedCheckpoint whole = QuantizedCheckpoint.of(weights, quantization.get());
        GgufConversion conversion = new GgufConversion(config, whole);
        whole.warnings().stream().filter(warning -> !weights.warnings().contains(warning)).forEach(conversion.warnings::add);
        return conversion.plan(directory);
    }

    private ConversionPlan plan(Path directory) throws IOException {
        List<TensorSource> tensors = tensors();
        GgufMetadata metadata = new GgufMetadata();
        metadata.putString("general.architecture", architecture.ggufName());
        metadata.putString("general.type", "model");
        metadata.putString("general.name", name(directory));
        architecture.writeMetadata(config, metadata, warnings::add);
        ModelTokenizers.write(TokenizerDirectory.read(directory, config.count(Config.MAX_VOCABULARY, "vocab_size"), warnings::add),
                metadata);
        return new ConversionPlan(architecture, metadata, tensors, storedTensors(), warnings);
    }

    private List<StoredTensor> storedTensors() {
        List<StoredTensor> all = new ArrayList<>();
        for (TensorRule rule : complete) {
            if (rule.mapping() instanceof TensorMapping.Alternate(int first) && first > 0
                    || rule.mapping() instanceof TensorMapping.AlternateColumns(int column, int step) && column > 0) {
                continue; // the other half of one that is listed
            }
            for (int i = 0; i < rule.sources().size(); i++) {
                all.add(new StoredTensor(stored.get(rule.sources().get(i)), rule, i));
            }
        }
        return all;
    }

    /** A quantized weight may be stored larger than in the model; the padding is skipped on reading. */
    private Shape expected(TensorRule rule, String canonical) {
        String name = stored.get(canonical);
        if (name == null || !(weights instanceof QuantizedCheckpoint quantized) || !quantized.isQuantized(name)) {
            return rule.sourceShape();
        }
        Shape own = QuantizedSource.shape(rule);
        return quantized.holds(name, own) ? quantized.info(name).shape() : own;
    }

    private static String name(Path directory) {
        Path name = directory.toAbsolutePath().normalize().getFileName();
        return name == null ? "model" : name.toString();
    }

    /** Whether a tensor is F32 in every GGUF file: vectors, norms, positions, and anything that is not a weight. */
    public static boolean alwaysF32(String name, Shape shape) {
        return shape.rank() <= 1 || name.endsWith("_norm.weight") || !TensorName.isWeight(name) || F32_BY_NAME.contains(name)
                || name.endsWith("ffn_gate_inp.weight") || name.endsWith("ffn_gate_inp_shexp.weight");
    }

    private List<TensorSource> tensors() {
        String embedding = source(rules, TensorName.TOKEN_EMBEDDING);
        String head = source(rules, TensorName.OUTPUT);
        boolean headRequired = decideHead(embedding, head);
        Map<String, Shape> present = new LinkedHashMap<>();
        stored.forEach((canonical, name) -> present.put(canonical, weights.info(name).shape()));
        dropEmptyBiases(rules, present);
        TensorMatch match = new TensorMatch(weights.path(), present);
        for (TensorRule rule : rules) {
            boolean required = rule.required() || (headRequired && rule.gguf().equals(TensorName.OUTPUT));
            boolean all = true;
            for (String name : rule.sources()) {
                all &= match.expect(name, expected(rule, name), required);
            }
            if (all) {
                complete.add(rule);
            }
        }
        match.check();
        return complete.stream().map(this::source)
                .sorted(Comparator.comparing(source -> source.info().name(), FILE_ORDER)).toList();
    }

    /** AutoGPTQ gives every layer a bias, all zeros if the model has none. */
    private void dropEmptyBiases(List<TensorRule> rules, Map<String, Shape> present) {
        if (!(weights instanceof QuantizedCheckpoint quantized)) {
            return;
        }
        Set<String> known = rules.stream().flatMap(rule -> rule.sources().stream()).collect(Collectors.toSet());
        present.keySet().removeIf(canonical -> {
            String name = stored.get(canonical);
            return !known.contains(canonical) && name.endsWith(BIAS)
                    && quantized.isQuantized(TensorName.weight(name.substring(0, name.length() - BIAS.length())))
                    && Checkpoint.guarded(weights.file(name), () -> isZero(weights.tensor(name)));
        });
    }

    private static boolean isZero(Tensor tensor) {
        float[] numbers = new float[Math.toIntExact(tensor.columns())];
        tensor.decode(0, 0, numbers, 0, numbers.length);
        for (float number : numbers) {
            if (number != 0) {
                return false;
            }
        }
        return true;
    }

    private static String source(List<TensorRule> rules, String gguf) {
        return rules.stream().filter(rule -> rule.gguf().equals(gguf)).findFirst().orElseThrow().sources().getFirst();
    }

    private TensorSource source(TensorRule rule) {
        if (weights instanceof QuantizedCheckpoint quantized) {
            List<String> names = rule.sources().stream().map(stored::get).toList();
            if (names.stream().anyMatch(quantized::isQuantized)) {
                return Sources.guarded(QuantizedSource.of(rule, quantized, names), weights.file(names.getFirst()));
            }
        }
        TensorSource source = Sources.toGguf(rule, rule.sources().stream().map(this::tensor).toList());
        return rule.sources().isEmpty() ? source : Sources.guarded(source, weights.file(stored.get(rule.sources().getFirst())));
    }

    private Tensor tensor(String canonical) {
        return weights.tensor(stored.get(canonical));
    }

    /**
     * Decides whether the output layer has weights of its own. If the configuration ties it to the embedding, it has none, as in
     * transformers; if the configuration is silent, it has unless they equal the embedding's.
     *
     * @return whether the head's tensor is required
     */
    private boolean decideHead(String embedding, String head) {
        Optional<Boolean> tied = config.tied();
        if (stored.containsKey(head) && tied.orElse(true)) {
            if (!stored.containsKey(embedding)) {
                stored.put(embedding, stored.remove(head)); // saved once, under the other name
            } else if (Checkpoint.guarded(weights.path(), () -> identical(tensor(embedding), tensor(head)))) {
                stored.remove(head);
            } else if (tied.isPresent()) {
                warnings.add(head + " differs from " + embedding + ", and tie_word_embeddings is true: it is left out");
                stored.remove(head);
            }
        }
        return !tied.orElse(true);
    }

    private static boolean identical(Tensor one, Tensor other) {
        return one.codec().equals(other.codec()) && one.shape().equals(other.shape()) && one.data().mismatch(other.data()) < 0;
    }
}
