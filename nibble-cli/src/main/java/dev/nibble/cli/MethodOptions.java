package dev.nibble.cli;

import dev.nibble.Quantization;
import dev.nibble.core.recipe.Method;
import dev.nibble.core.recipe.Methods;
import dev.nibble.core.recipe.Scheme;
import dev.nibble.core.recipe.Schemes;
import dev.nibble.error.UnsupportedException;
import java.nio.file.Path;
import java.util.Iterator;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which algorithm chooses the codes, and what they are stored as. */
final class MethodOptions {
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

    @Option(names = "--format", paramLabel = "NAME", description = "gptq, gptq-v2, awq, bnb, hqq, compressed-tensors, w8a8, w8a8-static, fp8, fp8-dynamic, fp8-block, modelopt or gguf. Default: what is usual for the method.")
    private String format;

    @Option(names = "--scheme", paramLabel = "NAME", completionCandidates = SchemeNames.class, description = "Bits, group, zero points and format by one name of compressed-tensors: ${COMPLETION-CANDIDATES}.")
    private String scheme;

    @Option(names = "--recipe", paramLabel = "FILE", description = "A YAML file that says the method, the type and what differs for which layers, in place of the options.")
    private Path recipe;

    /** Whether a recipe was given. */
    boolean hasRecipe() {
        return recipe != null;
    }

    /** Whether a directory would be written, not a GGUF file. @param gguf whether a type of that is asked for, or chosen */
    boolean isDirectory(boolean gguf) {
        return name != null && !gguf && !GGUF.equals(format);
    }

    /** Whether a method was given, in a recipe or by itself. */
    boolean isGiven() {
        return name != null || recipe != null;
    }

    /** @param to the type that was asked for, or null */
    Quantization applyTo(Quantization quantization, String to) {
        check(to);
        Quantization asked = quantization.symmetric(symmetric).actOrder(reordered).trueSequential(sequential);
        asked = recipe == null ? asked : asked.recipe(recipe);
        asked = name == null ? asked : asked.method(name);
        asked = bits == null ? asked : asked.bits(bits);
        asked = group == null ? asked : asked.group(group);
        asked = format == null ? asked : asked.format(format);
        return scheme == null ? asked : asked.scheme(scheme);
    }

    private void check(String to) {
        if (recipe != null) {
            if (name != null || to != null || bits != null || group != null || symmetric || reordered || sequential || format != null
                    || scheme != null) {
                throw new UnsupportedException(
                        "--recipe says the method, the type, bits, group, format and the like: leave those options out");
            }
        } else if (name == null) {
            checkUnused();
        } else {
            checkScheme(to);
            checkGguf(to);
        }
    }

    private void checkScheme(String to) {
        if (scheme != null && (bits != null || group != null || symmetric || format != null || to != null)) {
            throw new ParameterException(command.commandLine(), "--scheme " + scheme
                    + " says bits, group, zero points and format of a quantized directory: leave out --bits, --group, --sym, --format and --to");
        }
    }

    private void checkGguf(String to) {
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
}
