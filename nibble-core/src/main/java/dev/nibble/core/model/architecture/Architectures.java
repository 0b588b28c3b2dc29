package dev.nibble.core.model.architecture;

import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.error.UnsupportedException;
import java.util.List;
import java.util.stream.Collectors;

/** All model families. A new one is a line in this list. */
public final class Architectures {
    public static final List<Family> ALL = List.of(new Llama(), new Mistral(), new Mixtral(), new Qwen2(), new Qwen3(), QwenMoe.QWEN2,
            QwenMoe.QWEN3, new Phi3(), new Gemma2(),
            new Gemma3(), new Gpt2(), new GptNeo(), new GptNeox(), new Opt(), new Falcon(), new StableLm(), new GptOss());

    private Architectures() {}

    /** The family of a config.json. @throws UnsupportedException if it is none of them */
    public static Family of(Config config) {
        String type = config.modelType();
        return ALL.stream().filter(family -> family.modelTypes().contains(type)).findFirst()
                .orElseThrow(() -> new UnsupportedException(config.file() + ": no model family " + type + "; there are "
                        + ALL.stream().flatMap(family -> family.modelTypes().stream()).collect(Collectors.joining(", "))));
    }

    /** The family of a GGUF file. @throws UnsupportedException if it is none of them */
    public static Family of(GgufHyperparameters facts) {
        return ALL.stream().filter(family -> family.ggufName().equals(facts.prefix()) && family.recognizes(facts)).findFirst()
                .orElseThrow(() -> new UnsupportedException(facts.file() + ": no architecture " + facts.prefix() + "; there are "
                        + ALL.stream().map(Family::ggufName).distinct().collect(Collectors.joining(", "))));
    }
}
