package dev.nibble.cli;

import dev.nibble.core.UnsupportedException;
import dev.nibble.core.recipe.Method;
import dev.nibble.core.recipe.Methods;
import dev.nibble.core.recipe.Mix;
import dev.nibble.core.recipe.Mixes;
import dev.nibble.core.recipe.Recipe;
import dev.nibble.core.recipe.RecipeFile;
import dev.nibble.core.recipe.Scheme;
import dev.nibble.core.recipe.Schemes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which algorithm chooses the codes, and what they are stored as. */
final class MethodOptions {
    /** What a GGUF file is written in if nothing else is asked for. */
    static final String USUAL = "Q4_K_M";
    private static final String GGUF = "gguf";

    /** For the help and for completion. */
    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Methods.ALL.stream().map(Method::name).iterator();
        }
    }

    /** For the help and for completion. */
    static final class SchemeNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Schemes.ALL.stream().map(Scheme::name).iterator();
        }
    }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--method", paramLabel = "NAME", completionCandidates = Names.class, description = "Let an algorithm choose the codes: ${COMPLETION-CANDIDATES}. A Hugging Face directory becomes a quantized one; with --to, GGUF is written.")
    private String name;

    @Option(names = "--bits", paramLabel = "B", description = "Bits of a code. Default: what is usual for the method.")
    private Integer bits;

    @Option(names = "--group", paramLabel = "G", description = "Numbers under one scale; -1 for a whole row. Default: 128 (64 for hqq, nf4, fp4), or less where that divides no row.")
    private Integer group;

    @Option(names = "--sym", description = "No zero points: zero lies in the middle of the codes.")
    private boolean symmetric;

    @Option(names = "--act-order", description = "GPTQ settles columns of large inputs first, and stores them in that order.")
    private boolean reordered;

    @Option(names = "--true-sequential", description = "Every layer is quantized for the inputs that the layers before it make once they are quantized, not for the original's.")
    private boolean sequential;

    @Option(names = "--format", paramLabel = "NAME", description = "gptq, gptq-v2, awq, bnb, hqq, compressed-tensors, w8a8, fp8, fp8-dynamic, fp8-block, modelopt or gguf. Default: what is usual for the method.")
    private String format;

    @Option(names = "--scheme", paramLabel = "NAME", completionCandidates = SchemeNames.class, description = "Bits, group, zero points and format by one name of compressed-tensors: ${COMPLETION-CANDIDATES}.")
    private String scheme;

    @Option(names = "--recipe", paramLabel = "FILE", description = "A YAML file that says the method, the type and what differs for which layers, in place of the options.")
    private Path recipe;

    /** The recipe that was given, if one was. */
    Optional<Path> recipeFile() {
        return Optional.ofNullable(recipe);
    }

    /** What a method or a recipe asks for, if one was given. @param to the type that was asked for, or null */
    Optional<Recipe> recipe(String to) throws IOException {
        if (recipe != null) {
            if (name != null || to != null || bits != null || group != null || symmetric || reordered || sequential
                    || format != null || scheme != null) {
                throw new UnsupportedException(
                        "--recipe says the method, the type, bits, group, format and the like: leave those options out");
            }
            return Optional.of(RecipeFile.read(recipe));
        }
        if (name == null) {
            checkUnused();
            return Optional.empty();
        }
        checkScheme(to);
        Optional<Mix> mix = toGguf(to) ? Optional.of(Mixes.named(to == null ? USUAL : to)) : Optional.empty();
        return Optional.of(new Recipe(mix, Methods.named(name), optional(bits), optional(group), symmetric, reordered,
                Optional.ofNullable(format), Optional.ofNullable(scheme).map(Schemes::named), sequential, List.of()));
    }

    private void checkScheme(String to) {
        if (scheme != null && (bits != null || group != null || symmetric || format != null || to != null)) {
            throw new ParameterException(command.commandLine(), "--scheme " + scheme
                    + " says bits, group, zero points and format of a quantized directory: leave out --bits, --group, --sym, --format and --to");
        }
    }

    private boolean toGguf(String to) {
        if (format != null && !format.equals(GGUF) && to != null) {
            throw new UnsupportedException("--to " + to + " is a type of GGUF, and --format " + format + " is none: give one of them");
        }
        boolean gguf = to != null || GGUF.equals(format);
        if (gguf && (bits != null || group != null || symmetric)) {
            throw new UnsupportedException(
                    "--bits, --group and --sym are for quantized directories; in GGUF the type says it all: --to Q4_K_M; nibble types lists them");
        }
        if (gguf && reordered) {
            throw new UnsupportedException("--act-order scatters the columns of a group, and GGUF cannot store that: leave it out");
        }
        return gguf;
    }

    /** None of the others means anything without {@code --method}. */
    private void checkUnused() {
        if (scheme != null) {
            throw new ParameterException(command.commandLine(), "--scheme " + scheme + " goes with --method: rtn, gptq, awq, autoround …");
        }
        if (bits != null || group != null || symmetric || reordered || sequential || format != null && !format.equals(GGUF)) {
            throw new UnsupportedException(
                    "--bits, --group, --sym, --act-order, --true-sequential and --format go with --method; for a GGUF file, --to says all");
        }
    }

    /** As they would be typed. */
    String text() {
        return (recipe == null ? "" : " --recipe " + recipe.getFileName()) + (name == null ? "" : " --method " + name)
                + (bits == null ? "" : " --bits " + bits) + (group == null ? "" : " --group " + group)
                + (symmetric ? " --sym" : "") + (reordered ? " --act-order" : "") + (sequential ? " --true-sequential" : "")
                + (format == null ? "" : " --format " + format) + (scheme == null ? "" : " --scheme " + scheme);
    }

    private static OptionalInt optional(Integer number) {
        return number == null ? OptionalInt.empty() : OptionalInt.of(number);
    }
}
