package dev.nibble.core.conversion;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.gguf.Gguf;
import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.checkpoint.open.Checkpoints;
import dev.nibble.core.checkpoint.open.ForeignFolders;
import dev.nibble.core.model.architecture.Architectures;
import dev.nibble.core.model.mapping.Architecture;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.core.model.mapping.SharedInputGroup;
import dev.nibble.core.tensor.Shape;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Any model as the tensors and metadata of a GGUF file: a GGUF file directly, a Hugging Face directory converted on reading. */
public final class ModelSource implements AutoCloseable {
    /** GGUF architectures that can be requantized though Nibble does not convert them: their tensors follow the same names. */
    private static final Set<String> NAMED_ALIKE = Set.of("baichuan", "bert", "bloom", "cohere2", "command-r", "deepseek", "deepseek2",
            "exaone",
            "gemma", "glm4", "granite", "internlm2", "llama4", "mamba", "minicpm", "mpt", "nomic-bert", "olmo", "olmo2", "olmoe",
            "phi2", "phimoe", "qwen", "refact", "smollm3", "starcoder", "starcoder2", "t5");

    private final Checkpoint checkpoint;
    private final GgufMetadata metadata;
    private final List<TensorSource> tensors;
    private final List<StoredTensor> stored;
    private final List<String> warnings;

    private ModelSource(Checkpoint checkpoint, GgufMetadata metadata, List<TensorSource> tensors,
            List<StoredTensor> stored, List<String> warnings) {
        this.checkpoint = checkpoint;
        this.metadata = metadata;
        this.tensors = tensors;
        this.stored = stored;
        this.warnings = warnings;
    }

    /**
     * Maps the files and reads their headers.
     *
     * @param model a GGUF file, a Hugging Face directory, or the file of weights in one
     * @throws UnsupportedException if Nibble does not know the family
     */
    public static ModelSource open(Path model) throws IOException {
        Path config = model.resolve("config.json");
        if (Files.isDirectory(model) && !Files.exists(config)) {
            ForeignFolders.refuse(model);
            throw new MalformedFileException("CONFIG_MISSING", config, -1, "", "there is no such file, so this is not a model's directory");
        }
        Checkpoint checkpoint = Checkpoints.open(model);
        try {
            return checkpoint instanceof Gguf gguf ? ofGguf(gguf) : ofDirectory(model, checkpoint);
        } catch (IOException | RuntimeException e) {
            checkpoint.close();
            throw e;
        }
    }

    private static ModelSource ofGguf(Gguf gguf) {
        Set<String> known = Stream.concat(Architectures.ALL.stream().map(Architecture::ggufName), NAMED_ALIKE.stream())
                .collect(Collectors.toSet());
        if (!known.contains(gguf.architecture())) {
            throw new UnsupportedException(gguf.path() + ": no architecture " + MalformedFileException.printable(gguf.architecture())
                    + "; there are " + known.stream().sorted().collect(Collectors.joining(", ")));
        }
        List<String> warnings = new ArrayList<>(gguf.warnings());
        boolean ownKeys = NAMED_ALIKE.contains(gguf.architecture());
        warnings.addAll(ownKeys ? GgufCheck.vocabulary(gguf) : GgufCheck.check(gguf));
        return new ModelSource(gguf, gguf.ggufMetadata(), GgufSource.tensors(gguf), List.of(), List.copyOf(warnings));
    }

    private static ModelSource ofDirectory(Path model, Checkpoint checkpoint) throws IOException {
        Path directory = Files.isDirectory(model) ? model : model.toAbsolutePath().getParent();
        ConversionPlan plan = GgufConversion.plan(directory, checkpoint);
        List<String> warnings = new ArrayList<>(checkpoint.warnings());
        warnings.addAll(plan.warnings());
        return new ModelSource(checkpoint, plan.metadata(), plan.tensors(), plan.stored(), List.copyOf(warnings));
    }

    /** The same model with other tensors; to be closed in place of this one. */
    public ModelSource withTensors(List<TensorSource> others) {
        return new ModelSource(checkpoint, metadata, List.copyOf(others), stored, warnings);
    }

    /** The underlying checkpoint. */
    public Checkpoint checkpoint() {
        return checkpoint;
    }

    /** The keys of the GGUF file. */
    public GgufMetadata metadata() {
        return metadata;
    }

    /** Tensors in the order of the GGUF file: those outside of layers first, then layer by layer. */
    public List<TensorSource> tensors() {
        return tensors;
    }

    /** The tensors of a Hugging Face directory that {@link #tensors} are made from; none for a GGUF file. */
    public List<StoredTensor> stored() {
        return stored;
    }

    /** The model's hyperparameters. */
    public GgufHyperparameters facts() {
        Map<String, TensorSource> sources = new LinkedHashMap<>();
        tensors.forEach(tensor -> sources.put(tensor.info().name(), tensor));
        Map<String, Shape> shapes = new LinkedHashMap<>();
        sources.forEach((name, tensor) -> shapes.put(name, tensor.info().shape()));
        String prefix = metadata.string("general.architecture").orElseThrow(() -> new MalformedFileException("GGUF_KEY_MISSING",
                checkpoint.path(), -1, "general.architecture", "is missing"));
        return new GgufHyperparameters(checkpoint.path(), prefix, metadata, shapes, name -> numbers(sources.get(name)));
    }

    private static List<Float> numbers(TensorSource tensor) {
        float[] numbers = new float[Math.toIntExact(tensor.info().shape().count())];
        tensor.read(0, Math.toIntExact(tensor.info().shape().rows()), numbers, 0);
        List<Float> list = new ArrayList<>(numbers.length);
        for (float number : numbers) {
            list.add(number);
        }
        return list;
    }

    /** The groups of layers that share an input, each with the producer of that input. */
    public List<SharedInputGroup> inputGroups() {
        GgufHyperparameters facts = facts();
        return Architectures.of(facts).inputGroups(facts);
    }

    /**
     * The same model with every quantized weight in a type of GGUF that holds its values exactly; codes are moved, nothing is rounded.
     *
     * @throws UnsupportedException naming the first weight that no type holds, and why; or, on reading, one whose scales do not fit
     */
    public ModelSource inGgufTypes() {
        return new ModelSource(checkpoint, metadata, tensors.stream().map(ExactSource::of).toList(), stored, warnings);
    }

    /** The files of weights. */
    public List<Path> files() {
        return checkpoint.files();
    }

    public List<String> warnings() {
        return warnings;
    }

    @Override
    public void close() {
        checkpoint.close();
    }
}
