package dev.nibble.core.recipe;

import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.conversion.StoredTensor;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.core.plan.FileType;
import dev.nibble.core.plan.TypeRequest;
import dev.nibble.core.quantization.AbsMax;
import dev.nibble.core.quantization.Hessian;
import dev.nibble.core.quantization.Quantizer;
import dev.nibble.core.quantization.Statistic;
import dev.nibble.core.tensor.Codec;
import dev.nibble.error.UnsupportedException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A complete quantization request: a method and output for all layers, and rules for exceptions.
 *
 * @param to         file type of a GGUF file; empty for a quantized directory
 * @param format     of a quantized directory; empty for the method's default
 * @param scheme     bits, group, zero points and format of a quantized directory by one name
 * @param sequential whether a layer's inputs come from the quantized layers before it rather than from the original
 * @param rules      the first whose pattern is found in a tensor's GGUF or directory name applies
 */
public record Recipe(Optional<FileType> to, Method method, OptionalInt bits, OptionalInt group, boolean symmetric, boolean reordered,
        Optional<String> format, Optional<Scheme> scheme, boolean sequential, List<Rule> rules) {
    /**
     * An exception for some tensors.
     *
     * @param type   type in a GGUF file; empty for the file type's
     * @param method whose algorithm is used; empty for the recipe's
     * @param grid   bits and groups, in a quantized directory
     * @param keep   whether they are not quantized
     */
    public record Rule(Pattern match, Optional<Codec> type, Optional<Method> method, GridRule grid, boolean keep) {}

    public Recipe {
        rules = List.copyOf(rules);
        if (scheme.isPresent() && (to.isPresent() || bits.isPresent() || group.isPresent() || symmetric || format.isPresent())) {
            throw new UnsupportedException("scheme " + scheme.get().name()
                    + " says bits, group, zero points and format of a quantized directory:"
                    + " leave out " + (to.isPresent() ? "to, or write GGUF without a scheme" : "bits, group, symmetric and format"));
        }
        if (sequential && (!needs(method, rules).contains(Hessian.class) || method.scaling() != ActivationScaling.NONE)) {
            throw new UnsupportedException("true-sequential is for methods that feed errors back by what goes together in a layer's inputs"
                    + " (gptq, autoround, quip, aqlm); " + method.name()
                    + (method.needsText() ? " needs to know the inputs of all layers before it begins" : " does not look at inputs")
                    + ": leave it out, or take another method");
        }
        for (Rule rule : rules) {
            boolean scales = rule.method().map(other -> other.scaling() != ActivationScaling.NONE).orElse(false);
            if (scales && !rule.method().get().equals(method)) {
                throw new UnsupportedException("rule " + rule.match() + ": " + rule.method().get().name()
                        + " scales the inputs of layers that lie elsewhere, so it is for whole models: name it as the recipe's method");
            }
            if (!rule.grid().isNone() && to.isPresent()) {
                throw new UnsupportedException(
                        "rule " + rule.match() + ": bits, group and symmetric are of a quantized directory, and a GGUF"
                                + " file is to be written; give the rule a type (type: Q6_K) in their place");
            }
            if (rule.type().isPresent() && to.isEmpty()) {
                throw new UnsupportedException("rule " + rule.match() + ": " + rule.type().get().name()
                        + " is a type of GGUF, and a quantized directory is to be written; give the recipe a type (to: Q4_K_M) as well");
            }
        }
    }

    /** The statistics required by its methods and its format. */
    public Set<Class<? extends Statistic<?>>> needs() {
        Set<Class<? extends Statistic<?>>> needs = needs(method, rules);
        if (hasStaticInputs()) {
            needs.add(AbsMax.class);
        }
        return needs;
    }

    private boolean hasStaticInputs() {
        return scheme.map(named -> named.format().hasStaticInputs())
                .orElse(to.isEmpty() && format.equals(Optional.of(WeightFormat.W8A8_STATIC.layout().name())));
    }

    private static Set<Class<? extends Statistic<?>>> needs(Method method, List<Rule> rules) {
        return Stream.concat(Stream.of(method), rules.stream().flatMap(rule -> rule.method().stream()))
                .flatMap(each -> each.needs().stream()).collect(Collectors.toCollection(HashSet::new));
    }

    /** The request for a quantized directory. */
    public MethodRequest directory(ModelSource source) {
        Map<String, GridRule> grids = matches(source, rule -> !rule.grid().isNone()).entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, rule -> rule.getValue().grid()));
        List<Pattern> keep = exactly(matches(source, Rule::keep).keySet());
        MethodRequest request = scheme.isPresent()
                ? MethodRequest.of(method, scheme.get(), reordered, keep)
                : MethodRequest.of(method, bits, group, symmetric, reordered, format, keep);
        return request.with(grids);
    }

    /** The rules as choices of types, tensor by tensor, added to {@code base}. */
    public TypeRequest types(ModelSource source, TypeRequest base) {
        List<TypeRequest.TensorChoice> choices = new ArrayList<>(base.overrides());
        matches(source, rule -> rule.type().isPresent()).forEach((name, rule) -> choices.add(new TypeRequest.TensorChoice(
                exactly(Set.of(name)).getFirst(), rule.type().orElseThrow())));
        List<Pattern> keep = Stream.concat(base.keep().stream(), exactly(matches(source, Rule::keep).keySet()).stream()).toList();
        return new TypeRequest(base.fileType(), base.pure(), choices, keep, base.output(), base.embedding(), base.classicFused());
    }

    /** Assigns an algorithm to each layer. @param fallback the method's algorithm, possibly with other settings */
    public LayerQuantizers algorithms(ModelSource source, Quantizer fallback) {
        Map<String, Quantizer> own = new HashMap<>();
        matches(source, rule -> rule.method().isPresent()).forEach((name, rule) -> own.put(TensorName.withoutWeight(name),
                rule.method().orElseThrow().equals(method) ? fallback : rule.method().orElseThrow().quantizer()));
        return new LayerQuantizers(fallback, own);
    }

    private static List<Pattern> exactly(Set<String> names) {
        return names.stream().sorted().map(name -> Pattern.compile("^" + Pattern.quote(name) + "$")).toList();
    }

    /**
     * The GGUF tensors whose rule satisfies a condition.
     *
     * @throws UnsupportedException if a rule matches no tensor at all
     */
    private Map<String, Rule> matches(ModelSource source, Predicate<Rule> wanted) {
        Map<String, Set<String>> names = new HashMap<>();
        for (TensorSource tensor : source.tensors()) {
            names.computeIfAbsent(tensor.info().name(), any -> new HashSet<>()).add(tensor.info().name());
        }
        for (StoredTensor stored : source.stored()) {
            names.computeIfAbsent(stored.rule().gguf(), any -> new HashSet<>()).add(stored.name());
        }
        for (Rule rule : rules) {
            if (names.values().stream().flatMap(Set::stream).noneMatch(name -> rule.match().matcher(name).find())) {
                throw new UnsupportedException("rule " + rule.match() + " matches no tensor of this model; its tensors are "
                        + source.tensors().stream().limit(6).map(tensor -> tensor.info().name()).toList() + " …");
            }
        }
        Map<String, Rule> found = new HashMap<>();
        names.forEach(
                (gguf, all) -> rules.stream().filter(rule -> all.stream().anyMatch(name -> rule.match().matcher(name).find())).findFirst()
                        .filter(wanted).ifPresent(rule -> found.put(gguf, rule)));
        return found;
    }
}
