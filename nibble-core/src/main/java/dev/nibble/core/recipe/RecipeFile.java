package dev.nibble.core.recipe;

import dev.nibble.core.plan.FileTypes;
import dev.nibble.core.plan.TargetTypes;
import dev.nibble.text.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Reads a {@link Recipe} from a YAML file.
 *
 * <pre>
 *   to: Q4_K_M             # a GGUF file type; without it a quantized directory is written
 *   method: gptq           # default: rtn
 *   bits: 4                # of a directory, as group, symmetric, act_order and format
 *   scheme: W4A16          # in place of bits, group, symmetric and format
 *   true_sequential: true  # layer inputs come from the quantized layers before
 *   rules:                 # the first that matches a tensor's name applies
 *     - match: ffn_down    # a regular expression, found anywhere in the name
 *       type: Q6_K         # and/or method: rtn; of a directory bits, group, symmetric; or keep: true
 * </pre>
 */
public final class RecipeFile {
    private static final Json.Limits LIMITS = new Json.Limits("RECIPE", 1 << 20, 16, 1 << 16);
    private static final Set<String> KEYS = Set.of("to", "method", "bits", "group", "symmetric", "act_order", "format", "scheme",
            "true_sequential", "rules");
    private static final Set<String> RULE_KEYS = Set.of("match", "type", "method", "keep", "bits", "group", "symmetric");
    private static final int LARGEST_GROUP = 1 << 20;

    private RecipeFile() {}

    /** @throws dev.nibble.error.MalformedFileException with the position of the fault */
    public static Recipe read(Path file) throws IOException {
        Json json = Json.readYaml(file, LIMITS);
        checkKeys(json, KEYS);
        List<Recipe.Rule> rules = json.get("rules").map(Json::elements).orElse(List.of()).stream().map(RecipeFile::rule).toList();
        return new Recipe(json.get("to").map(Json::string).map(FileTypes::named),
                Methods.named(json.get("method").map(Json::string).orElse("rtn")), whole(json, "bits", 1, 8),
                whole(json, "group", -1, LARGEST_GROUP), flag(json, "symmetric"), flag(json, "act_order"),
                json.get("format").map(Json::string), json.get("scheme").map(Json::string).map(Schemes::named),
                flag(json, "true_sequential"), rules);
    }

    private static Recipe.Rule rule(Json json) {
        checkKeys(json, RULE_KEYS);
        Recipe.Rule rule = new Recipe.Rule(pattern(json.require("match")), json.get("type").map(Json::string).map(TargetTypes::named),
                json.get("method").map(Json::string).map(Methods::named),
                new GridRule(whole(json, "bits", 1, 8), whole(json, "group", -1, LARGEST_GROUP), json.get("symmetric").map(Json::bool)),
                flag(json, "keep"));
        if (rule.keep() == (rule.type().isPresent() || rule.method().isPresent() || !rule.grid().isNone())) {
            throw json.wrong("expected either keep: true, or a type, a method, or bits, group or symmetric");
        }
        return rule;
    }

    private static void checkKeys(Json json, Set<String> known) {
        for (String key : json.members().keySet()) {
            if (!known.contains(key)) {
                throw json.wrong("has the key " + key + "; there are " + known.stream().sorted().toList());
            }
        }
    }

    private static Pattern pattern(Json json) {
        try {
            return Pattern.compile(json.string());
        } catch (PatternSyntaxException e) {
            throw json.wrong(e.getDescription());
        }
    }

    private static OptionalInt whole(Json json, String key, int min, int max) {
        Optional<Integer> number = json.get(key).map(value -> value.whole(min, max));
        return number.isPresent() ? OptionalInt.of(number.get()) : OptionalInt.empty();
    }

    private static boolean flag(Json json, String key) {
        return json.get(key).map(Json::bool).orElse(false);
    }
}
