package dev.nibble.core.model.oracle;

import dev.nibble.ProgressListener;
import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.checkpoint.safetensors.SafetensorsWriter;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.job.NonFinitePolicy;
import dev.nibble.core.job.Provenance;
import dev.nibble.core.job.QuantizationJob;
import dev.nibble.core.plan.FileTypes;
import dev.nibble.core.plan.TypeRequest;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.TensorInfo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A model of random weights for a given config.json, a text, and its oracle's logits. */
final class TinyModel {
    private static final int LENGTH = 21;

    private final String name;
    private final ObjectNode config;
    private final RandomTensors tensors;
    private final Oracle oracle;
    private final int[] tokens;
    private final double[][] logits;

    /**
     * @param name name of the case; its hash is the seed
     * @param family keys of a small model of the family
     * @param overrides changed keys of this case; null removes a key
     */
    TinyModel(String name, String family, String overrides) {
        this.name = name;
        config = (ObjectNode) JsonMapper.shared().readTree(family);
        JsonMapper.shared().readTree(overrides).properties().forEach(entry -> {
            if (entry.getValue().isNull()) {
                config.remove(entry.getKey());
            } else {
                config.set(entry.getKey(), entry.getValue());
            }
        });
        tensors = new RandomTensors(name.hashCode(), name.hashCode() % 2 == 0);
        oracle = Oracles.of(new HfConfig(config), tensors);
        int vocabulary = config.get("vocab_size").asInt();
        tokens = new Random(name.hashCode()).ints(LENGTH, 0, vocabulary).toArray();
        logits = oracle.logits(tokens);
    }

    int[] tokens() {
        return tokens;
    }

    /** Logits of the oracle: [tokens][vocabulary]. */
    double[][] logits() {
        return logits;
    }

    Oracle oracle() {
        return oracle;
    }

    ObjectNode config() {
        return config;
    }

    Map<String, RandomTensors.Drawn> tensors() {
        return tensors.all();
    }

    int length() {
        return LENGTH;
    }

    boolean isMixture() {
        return config.has("num_experts_per_tok");
    }

    /** Head size, if the sizes determine it. */
    int headSize() {
        HfConfig sizes = new HfConfig(config);
        int heads = sizes.integer("num_attention_heads", sizes.integer("n_head", sizes.integer("num_heads", 0)));
        return sizes.integer("head_dim", sizes.integer("hidden_size", sizes.integer("n_embd", 0)) / heads);
    }

    /** The same checkpoint as GGUF, all tensors in F32. */
    static Path gguf(Path directory, String name) throws IOException {
        Path gguf = directory.resolve(name + ".gguf");
        try (ModelSource source = ModelSource.open(directory)) {
            TypeRequest request = TypeRequest.of(FileTypes.named("F32"));
            new QuantizationJob(source, request, Optional.empty(), NonFinitePolicy.REFUSE).run(gguf, true, 1,
                    new Provenance("test", Provenance.options(request), source.files()), ProgressListener.SILENT);
        }
        return gguf;
    }

    /** Writes config.json and model.safetensors, as transformers saves them. */
    Path write(Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("config.json"), config.toPrettyString());
        Codec codec = tensors.bfloat16() ? Plain.BF16 : Plain.F32;
        List<TensorInfo> infos = new ArrayList<>();
        tensors.all().forEach((tensor, drawn) -> infos.add(new TensorInfo(tensor, codec, shape(drawn))));
        try (CheckpointWriter writer = SafetensorsWriter.create(directory.resolve("model.safetensors"), Map.of(), infos, true)) {
            for (TensorInfo info : infos) {
                float[] values = tensors.all().get(info.name()).values();
                MemorySegment bytes = Arena.ofAuto().allocate(codec.bytes(values.length));
                codec.encode(values, 0, values.length, Importance.EQUAL, bytes, 0);
                writer.write(info.name(), 0, bytes);
            }
            writer.commit();
        }
        return directory;
    }

    private static Shape shape(RandomTensors.Drawn drawn) {
        return Shape.of(IntStream.of(drawn.shape()).asLongStream().toArray());
    }

    @Override
    public String toString() {
        return name;
    }
}
