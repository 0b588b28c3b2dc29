package dev.nibble.core.conversion;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.gguf.Gguf;
import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.model.architecture.Architectures;
import dev.nibble.core.model.mapping.Architecture;
import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.core.model.mapping.TensorMapping;
import dev.nibble.core.model.mapping.TensorRule;
import dev.nibble.core.model.mapping.UnreadKeys;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import dev.nibble.text.tokenizer.GgufVocabulary;
import dev.nibble.text.tokenizer.HuggingFaceTokenizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/** Converts GGUF back to a Hugging Face directory: restores names and order of rows, and writes the metadata as JSON files. */
public final class SafetensorsConversion {
    private static final ObjectMapper JSON = JsonMapper.builder().build();
    private static final Map<String, String> TORCH_TYPES = Map.of("F32", "float32", "F16", "float16", "BF16", "bfloat16");
    private static final Set<String> TRACES = Set.of("rope_freqs.weight"); // from configurations that cannot be restored

    /**
     * The contents of the directory.
     *
     * @param tensors  of model.safetensors, by name; the codec of {@link TensorSource#info} is the file's, to be decoded
     * @param stored   the same tensors in the same order, with the GGUF tensor each is made from
     * @param files    contents of the other files by name: config.json, and those of the tokenizer if its vocabulary allows
     * @param warnings what could not be restored
     */
    public record Plan(Architecture architecture, List<TensorSource> tensors, List<StoredTensor> stored, Map<String, String> files,
            List<String> warnings) {
        public Plan {
            tensors = List.copyOf(tensors);
            stored = List.copyOf(stored);
            warnings = List.copyOf(warnings);
        }
    }

    private SafetensorsConversion() {}

    /** Plans the directory of a GGUF file. */
    public static Plan plan(Gguf file, Codec target) {
        return plan(file, file.ggufMetadata(), target);
    }

    /**
     * Plans the directory of other tensors and metadata.
     *
     * @param file     a GGUF file, which must stay open while the plan is used
     * @param metadata its key–value pairs
     * @param target   codec of the matrices: F32, F16 or BF16
     */
    public static Plan plan(Checkpoint file, GgufMetadata metadata, Codec target) {
        String type = torchType(target);
        List<String> warnings = new ArrayList<>();
        GgufHyperparameters facts = facts(file, metadata);
        Architecture architecture = Architectures.of(facts);
        Map<String, Object> values = architecture.config(facts, warnings::add);
        UnreadKeys.of(facts).forEach(key -> warnings.add(facts.prefix() + "." + MalformedFileException.printable(key)
                + " has no place in config.json; the directory may compute otherwise"));
        values.put("torch_dtype", type);
        GgufVocabulary vocabulary = GgufVocabulary.of(ModelTokenizers.source(metadata, file.path()));
        vocabulary.specialIds().forEach((role, id) -> {
            if (Set.of("bos", "eos", "pad").contains(role)) {
                values.put(role + "_token_id", id);
            }
        });
        Map<String, String> files = new LinkedHashMap<>();
        files.put("config.json", text(values));
        List<StoredTensor> stored = stored(file, architecture.tensors(Config.parse(file.path(), files.get("config.json"))));
        List<TensorSource> tensors = stored.stream().map(tensor -> restored(file, tensor)).toList();
        files.putAll(HuggingFaceTokenizer.files(vocabulary, warnings::add));
        return new Plan(architecture, tensors, stored, files, warnings);
    }

    /** PyTorch's name of a type. @throws UnsupportedException unless it is F32, F16 or BF16 */
    public static String torchType(Codec target) {
        String type = TORCH_TYPES.get(target.name());
        if (type == null) {
            throw new UnsupportedException("no unquantized safetensors in " + target.name() + "; there are F32, F16, BF16");
        }
        return type;
    }

    private static String text(Map<String, Object> values) {
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(values) + "\n";
    }

    private static GgufHyperparameters facts(Checkpoint file, GgufMetadata metadata) {
        String prefix = metadata.string("general.architecture").orElseThrow(
                () -> new MalformedFileException("GGUF_KEY_MISSING", file.path(), -1, "general.architecture", "is missing"));
        Map<String, Shape> shapes = new LinkedHashMap<>();
        file.names().forEach(name -> shapes.put(name, file.info(name).shape()));
        return new GgufHyperparameters(file.path(), prefix, metadata, shapes, name -> numbers(file.tensor(name)));
    }

    private static List<Float> numbers(Tensor tensor) {
        float[] numbers = new float[Math.toIntExact(tensor.columns())];
        tensor.decode(0, 0, numbers, 0, numbers.length);
        List<Float> list = new ArrayList<>(numbers.length);
        for (float number : numbers) {
            list.add(number);
        }
        return list;
    }

    private static TensorSource restored(Checkpoint file, StoredTensor stored) {
        String gguf = stored.rule().gguf();
        return Sources.guarded(stored.restored(file.tensor(gguf)), file.file(gguf));
    }

    private static List<StoredTensor> stored(Checkpoint file, List<TensorRule> rules) {
        Map<String, Shape> present = new LinkedHashMap<>();
        file.names().forEach(name -> present.put(name, file.info(name).shape()));
        TensorMatch match = new TensorMatch(file.path(), present);
        TRACES.forEach(match::ignore);
        List<TensorRule> found = new ArrayList<>();
        for (TensorRule rule : rules) {
            if (match.expect(rule.gguf(), rule.shape(), rule.required()) && !(rule.mapping() instanceof TensorMapping.Computed)) {
                found.add(rule);
            }
        }
        match.check();
        List<StoredTensor> stored = new ArrayList<>();
        for (TensorRule rule : found) {
            for (int i = 0; i < rule.sources().size(); i++) {
                stored.add(new StoredTensor(rule.sources().get(i), rule, i));
            }
        }
        stored.sort(Comparator.comparing(StoredTensor::name));
        return stored;
    }
}
