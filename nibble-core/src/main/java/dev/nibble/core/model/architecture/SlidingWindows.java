package dev.nibble.core.model.architecture;

import dev.nibble.core.model.Attention;
import dev.nibble.core.model.mapping.Config;
import dev.nibble.core.model.mapping.Dimensions;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.error.MalformedFileException;
import dev.nibble.text.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * The layers with sliding-window attention. GGUF has the size under {@code attention.sliding_window}; the layers depend on the family,
 * unless {@code attention.sliding_window_pattern} names them: one flag per layer, or a number n, with full attention in every n-th layer.
 *
 * @param size positions a token attends to, its own included; 0 for no window
 * @param local whether a layer has the window, layer by layer
 */
record SlidingWindows(int size, List<Boolean> local) {
    private static final int DEFAULT_MAX_WINDOW_LAYERS = 28;
    private static final String SIZE = "attention.sliding_window";
    private static final String PATTERN = "attention.sliding_window_pattern";

    SlidingWindows {
        local = List.copyOf(local);
    }

    /** The windows of a configuration, by its {@code layer_types} if present. */
    static SlidingWindows of(Config config, int layers, int size, IntPredicate defaultLocal) {
        List<Json> types = config.value("layer_types").map(Json::elements).orElse(List.of());
        if (types.isEmpty()) {
            return new SlidingWindows(size, flags(layers, defaultLocal));
        }
        if (types.size() != layers) {
            throw config.contradiction("layer_types describes " + types.size() + " layers, num_hidden_layers is " + layers);
        }
        List<Boolean> local = types.stream().map(type -> switch (type.string()) {
            case "sliding_attention" -> true;
            case "full_attention" -> false;
            default -> throw type.wrong("unknown kind of layer; there are full_attention, sliding_attention");
        }).toList();
        return new SlidingWindows(size, local);
    }

    /** The windows of the Qwen families: with {@code use_sliding_window}, from layer {@code max_window_layers} on. */
    static SlidingWindows qwen(Config config, int layers) {
        if (!config.flag("use_sliding_window", false)) {
            return new SlidingWindows(0, flags(layers, any -> true));
        }
        int first = config.optionalWhole(0, Config.MAX_CONTEXT, "max_window_layers").orElse(DEFAULT_MAX_WINDOW_LAYERS);
        return of(config, layers, config.count(Config.MAX_CONTEXT, "sliding_window"), layer -> layer >= first);
    }

    /** Writes the windows, if any, for a family without windows in llama.cpp. */
    void describeQwen(MetadataWriter keys, Consumer<String> warnings) {
        if (any()) {
            writeMetadata(keys, layer -> true);
            warnings.accept("use_sliding_window is true, but llama.cpp has no window for this family");
        }
    }

    /** Restores the window keys of the Qwen families. */
    static void restoreQwen(GgufHyperparameters facts, ConfigJsonBuilder config) {
        SlidingWindows windows = read(facts, (int) facts.whole("block_count", 1, Config.MAX_LAYERS), layer -> true);
        config.put("use_sliding_window", windows.any());
        if (windows.any()) {
            config.put("sliding_window", windows.size).put("max_window_layers", Math.max(0, windows.local.indexOf(true)));
            windows.restore(config, layer -> layer >= windows.local.indexOf(true));
        }
    }

    /** The windows of a GGUF file. */
    static SlidingWindows read(GgufHyperparameters facts, int layers, IntPredicate defaultLocal) {
        int size = facts.optionalWhole(SIZE, 0, Config.MAX_CONTEXT).orElse(0L).intValue();
        if (facts.value(PATTERN).orElse(null) instanceof List<?> flags) {
            if (flags.size() != layers || flags.stream().anyMatch(flag -> !(flag instanceof Boolean))) {
                throw new MalformedFileException("CONFIG_RANGE", facts.file(), -1, facts.prefix() + "." + PATTERN,
                        "expected " + layers + " flags, one per layer, found " + flags.size() + " values");
            }
            return new SlidingWindows(size, flags.stream().map(Boolean.TRUE::equals).toList());
        }
        IntPredicate local = facts.optionalWhole(PATTERN, 0, Config.MAX_LAYERS).map(SlidingWindows::allButEvery).orElse(defaultLocal);
        return new SlidingWindows(size, flags(layers, local));
    }

    /** All layers but every {@code period}-th; with 0, all. */
    static IntPredicate allButEvery(long period) {
        return layer -> period == 0 || (layer + 1) % period != 0;
    }

    private static List<Boolean> flags(int layers, IntPredicate local) {
        return IntStream.range(0, layers).mapToObj(local::test).toList();
    }

    /** Writes the windows; the layers only if they differ from the family's default. */
    void writeMetadata(MetadataWriter keys, IntPredicate defaultLocal) {
        keys.whole(SIZE, size);
        if (!local.equals(flags(local.size(), defaultLocal))) {
            keys.flags(PATTERN, local);
        }
    }

    /** Writes the windows, with a warning if the layers differ from those that llama.cpp assumes. */
    void writeMetadata(MetadataWriter keys, IntPredicate defaultLocal, Consumer<String> warnings) {
        writeMetadata(keys, defaultLocal);
        if (size > 0 && !local.equals(flags(local.size(), defaultLocal))) {
            warnings.accept("the sliding window is in other layers than llama.cpp assumes for this family");
        }
    }

    /** Warns of a window in a family without windows in llama.cpp. */
    static void warnIgnored(Config config, Dimensions d, Consumer<String> warnings) {
        config.optionalWhole(1, Config.MAX_CONTEXT, "sliding_window").stream().filter(window -> window < d.context())
                .forEach(window -> warnings.accept("sliding_window is " + window
                        + ", but llama.cpp attends to everything in models of this family"));
    }

    /** Restores {@code layer_types} if they differ from the default. */
    void restore(ConfigJsonBuilder config, IntPredicate defaultLocal) {
        if (!local.equals(flags(local.size(), defaultLocal))) {
            List<Object> types = new ArrayList<>();
            local.forEach(sliding -> types.add(sliding ? "sliding_attention" : "full_attention"));
            config.put("layer_types", types);
        }
    }

    boolean any() {
        return size > 0 && local.contains(true);
    }

    /** The attention geometry of a layer, given that of full attention. */
    Attention.Geometry of(Attention.Geometry everything, int layer) {
        return local.get(layer) ? everything.within(size) : everything;
    }
}
