package dev.nibble.core.fold;

import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.conversion.StoredTensor;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.layout.ModelFiles;
import dev.nibble.core.layout.QuantizationConfig;
import dev.nibble.core.model.architecture.Architectures;
import dev.nibble.core.model.mapping.Architecture;
import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.core.model.mapping.TensorRule;
import dev.nibble.error.Advice;
import dev.nibble.error.Setting;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * A model with a rotated residual stream ({@link Folding#rotate}): the same function, with outliers spread over all channels, for any
 * method and format. Norms have weights of 1, and the output matrix is a tensor of its own.
 */
public final class RotatedModel {
    private static final String CONFIG = "config.json";

    private final Path model;
    private final ModelSource source;

    private RotatedModel(Path model, ModelSource source) {
        this.model = model;
        this.source = source;
    }

    /**
     * @param model  path of the original
     * @param source the original; to be closed after this model
     * @param seed   the same seed gives the same rotation
     * @throws UnsupportedException if the family's norms do not commute with a rotation
     */
    public static RotatedModel of(Path model, ModelSource source, long seed) {
        Map<String, TensorSource> tensors = byName(source);
        Folding folding = new Folding().rotate(source.facts(), source.inputGroups(), name -> tensors.get(name).readAll(),
                seed);
        return new RotatedModel(model, source.withTensors(folding.apply(source.tensors())));
    }

    private static Map<String, TensorSource> byName(ModelSource source) {
        return source.tensors().stream().collect(Collectors.toMap(tensor -> tensor.info().name(), UnaryOperator.identity()));
    }

    /** The model as a GGUF file. */
    public ModelSource source() {
        return source;
    }

    private Path directory() {
        return Files.isDirectory(model) ? model : model.toAbsolutePath().getParent();
    }

    /** The tensors of its Hugging Face directory, by name. */
    public List<TensorSource> stored() throws IOException {
        Map<String, TensorSource> tensors = byName(source);
        List<StoredTensor> stored = new ArrayList<>(source.stored());
        head().ifPresent(stored::add);
        return stored.stream().<TensorSource>map(tensor -> new RestoredTensor(tensor, tensors.get(tensor.rule().gguf())))
                .sorted(Comparator.comparing(tensor -> tensor.info().name())).toList();
    }

    /** The output matrix, if the directory has none. */
    private Optional<StoredTensor> head() throws IOException {
        if (source.stored().stream().anyMatch(tensor -> tensor.rule().gguf().equals(TensorName.OUTPUT))) {
            return Optional.empty();
        }
        Config config = Config.read(directory().resolve(CONFIG));
        Architecture family = Architectures.of(config);
        TensorRule rule = family.tensors(family.language(config)).stream().filter(any -> any.gguf().equals(TensorName.OUTPUT))
                .findFirst().orElseThrow();
        return Optional.of(new StoredTensor(rule.sources().getFirst(), rule, 0));
    }

    /** The directory's other files. @param type PyTorch's name of the tensors' type */
    public ModelFiles files(String type) throws IOException {
        if (source.stored().isEmpty()) {
            throw new UnsupportedException(Advice.of("%s: a GGUF file is rotated into another one (%s); for a directory, convert it to one"
                    + " first (%s) and rotate that", model, Setting.TARGET.of("gguf"), Setting.CONVERT_TO_DIRECTORY.any()));
        }
        if (QuantizationConfig.of(directory()).isPresent()) {
            throw new UnsupportedException(model + ": its weights are quantized already, which rotating would do once more;"
                    + " start from the original");
        }
        return ModelFiles.of(directory()).with("tie_word_embeddings", false).with("torch_dtype", type).without("dtype");
    }
}
