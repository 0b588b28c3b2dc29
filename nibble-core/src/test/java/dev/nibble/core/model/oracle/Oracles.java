package dev.nibble.core.model.oracle;

/** The oracle of a config.json. */
final class Oracles {
    private Oracles() {}

    static Oracle of(HfConfig config, RandomTensors tensors) {
        return switch (config.text("model_type", "")) {
            case "llama", "mistral", "mixtral", "qwen2", "qwen3", "qwen2_moe", "qwen3_moe" -> new LlamaOracle(config, tensors);
            case "phi3" -> new Phi3Oracle(config, tensors);
            case "gemma2", "gemma3_text" -> new GemmaOracle(config, tensors);
            case "gpt2", "gpt_neo" -> new GptOracle(config, tensors, "transformer.");
            case "gpt_neox" -> new GptNeoxOracle(config, tensors);
            case "opt" -> new OptOracle(config, tensors);
            case "falcon" -> new FalconOracle(config, tensors);
            case "gpt_oss" -> new GptOssOracle(config, tensors);
            case "stablelm" -> new StableLmOracle(config, tensors);
            default -> throw new IllegalStateException(config.text("model_type", "none"));
        };
    }
}
