package dev.nibble.core.model.architecture;

import dev.nibble.core.model.Attention;
import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.error.MalformedFileException;
import dev.nibble.text.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Which layers see a window of positions only. GGUF has the size under {@code attention.sliding_window}; which layers it is for goes by the
 * family, unless {@code attention.sliding_window_pattern} says it: one flag per layer, or a number n by which every n-th layer sees all.
 *
 * @param size  positions a token sees, its own included; 0 for no window in any layer
 * @param local layer by layer whether it sees the window only
 */
record Windows(int size, List<Boolean> local) {
    private static final int DEFAULT_MAX_WINDOW_LAYERS = 28;
    private static final String SIZE = "attention.sliding_window";
    private static final String PATTERN = "attention.sliding_window_pattern";

    Windows {
        local = List.copyOf(local);
    }

    /** Those of the configuration: its {@code layer_types}, where it has them. */
    static Windows of(Config config, int layers, int size, IntPredicate byDefault) {
        List<Json> types = config.value("layer_types").map(Json::elements).orElse(List.of());
        if (types.isEmpty()) {
            return new Windows(size, flags(layers, byDefault));
        }
        if (types.size() != layers) {
            throw config.contradiction("layer_types describes " + types.size() + " layers, num_hidden_layers is " + layers);
        }
        List<Boolean> local = types.stream().map(type -> switch (type.string()) {
            case "sliding_attention" -> true;
            case "full_attention" -> false;
            default -> throw type.wrong("unknown kind of layer; there are full_attention, sliding_attention");
        }).toList();
        return new Windows(size, local);
    }

    /** Those of the Qwen families: with {@code use_sliding_window}, from layer {@code max_window_layers} on. */
    static Windows qwen(Config config, int layers) {
        if (!config.flag("use_sliding_window", false)) {
            return new Windows(0, flags(layers, any -> true));
        }
        int first = config.optionalWhole(0, Config.MAX_CONTEXT, "max_window_layers").orElse(DEFAULT_MAX_WINDOW_LAYERS);
        return of(config, layers, config.count(Config.MAX_CONTEXT, "sliding_window"), layer -> layer >= first);
    }

    /** Writes them where there are any, for a family that llama.cpp knows without. */
    void describeQwen(MetadataWriter keys, Consumer<String> warnings) {
        if (any()) {
            writeMetadata(keys, layer -> true);
            warnings.accept("use_sliding_window is true: llama.cpp attends to everything in models of this family");
        }
    }

    /** Adds what a configuration of the Qwen families says of windows. */
    static void restoreQwen(GgufHyperparameters facts, ConfigJsonBuilder config) {
        Windows windows = read(facts, (int) facts.whole("block_count", 1, Config.MAX_LAYERS), layer -> true);
        config.put("use_sliding_window", windows.any());
        if (windows.any()) {
            config.put("sliding_window", windows.size).put("max_window_layers", Math.max(0, windows.local.indexOf(true)));
            windows.restore(config, layer -> layer >= windows.local.indexOf(true));
        }
    }

    /** Those of a GGUF file. */
    static Windows read(GgufHyperparameters facts, int layers, IntPredicate byDefault) {
        int size = facts.optionalWhole(SIZE, 0, Config.MAX_CONTEXT).orElse(0L).intValue();
        if (facts.metadata().get(facts.prefix() + "." + PATTERN).orElse(null) instanceof List<?> flags) {
            if (flags.size() != layers || flags.stream().anyMatch(flag -> !(flag instanceof Boolean))) {
                throw new MalformedFileException("CONFIG_RANGE", facts.file(), -1, facts.prefix() + "." + PATTERN,
                        "expected " + layers + " flags, one per layer, found " + flags.size() + " values");
            }
            return new Windows(size, flags.stream().map(Boolean.TRUE::equals).toList());
        }
        IntPredicate local = facts.optionalWhole(PATTERN, 0, Config.MAX_LAYERS).map(Windows::allButEvery).orElse(byDefault);
        return new Windows(size, flags(layers, local));
    }

    /** Every {@code period}-th layer sees all; with 0, none does. */
    static IntPredicate allButEvery(long period) {
        return layer -> period == 0 || (layer + 1) % period != 0;
    }

    private static List<Boolean> flags(int layers, IntPredicate local) {
        return IntStream.range(0, layers).mapToObj(local::test).toList();
    }

    /** Writes the layers only where readers would take others. */
    void writeMetadata(MetadataWriter keys, IntPredicate byDefault) {
        keys.whole(SIZE, size);
        if (!local.equals(flags(local.size(), byDefault))) {
            keys.flags(PATTERN, local);
        }
    }

    /** Adds {@code layer_types}, where they are not the usual ones. */
    void restore(ConfigJsonBuilder config, IntPredicate byDefault) {
        if (!local.equals(flags(local.size(), byDefault))) {
            List<Object> types = new ArrayList<>();
            local.forEach(sliding -> types.add(sliding ? "sliding_attention" : "full_attention"));
            config.put("layer_types", types);
        }
    }

    boolean any() {
        return size > 0 && local.contains(true);
    }

    /** The form of attention in a layer, from that of a layer that sees all. */
    Attention.Geometry of(Attention.Geometry everything, int layer) {
        return local.get(layer) ? everything.within(size) : everything;
    }
}
