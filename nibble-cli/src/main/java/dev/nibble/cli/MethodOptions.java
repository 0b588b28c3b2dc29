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

/** Quantization method and storage format. */
final class MethodOptions {
    private static final String GGUF = "gguf";

    /** Names for help and completion. */
    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Methods.ALL.stream().map(Method::name).iterator();
        }
    }

    /** Names for help and completion. */
    static final class SchemeNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Schemes.ALL.stream().map(Scheme::name).iterator();
        }
    }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--method", paramLabel = "NAME", completionCandidates = Names.class, description = "Quantization method: ${COMPLETION-CANDIDATES}. Writes a quantized Hugging Face directory, or GGUF with --to.")
    private String name;

    @Option(names = "--bits", paramLabel = "B", description = "Bits per code. Default: the method's.")
    private Integer bits;

    @Option(names = "--group", paramLabel = "G", description = "Group size: weights per scale; -1 for a whole row. Default: 128 (64 for hqq, nf4, fp4), or less if it does not divide the rows.")
    private Integer group;

    @Option(names = "--sym", description = "Symmetric quantization, without zero points.")
    private boolean symmetric;

    @Option(names = "--act-order", description = "GPTQ: quantize the columns with the largest inputs first, and store them in that order.")
    private boolean reordered;

    @Option(names = "--true-sequential", description = "Calibrate every layer on the outputs of the quantized layers before it, not of the original ones.")
    private boolean sequential;

    @Option(names = "--format", paramLabel = "NAME", description = "gptq, gptq-v2, awq, bnb, hqq, compressed-tensors, w8a8, w8a8-static, fp8, fp8-dynamic, fp8-block, modelopt or gguf. Default: the method's.")
    private String format;

    @Option(names = "--scheme", paramLabel = "NAME", completionCandidates = SchemeNames.class, description = "Scheme of compressed-tensors, which sets bits, group, zero points and format: ${COMPLETION-CANDIDATES}.")
    private String scheme;

    @Option(names = "--recipe", paramLabel = "FILE", description = "YAML file with method, type and exceptions for layers, instead of these options.")
    private Path recipe;

    /** Returns whether a recipe was given. */
    boolean hasRecipe() {
        return recipe != null;
    }

    /** Returns whether the output is a directory, not a GGUF file. @param gguf whether a GGUF type is given or chosen */
    boolean isDirectory(boolean gguf) {
        return name != null && !gguf && !GGUF.equals(format);
    }

    /** Returns whether a method was given, by a recipe or by the option. */
    boolean isGiven() {
        return name != null || recipe != null;
    }

    /** @param to the requested type, or null */
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
                        "--recipe sets method, type, bits, group, format and the like: omit these options");
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
                    + " sets bits, group, zero points and format of a quantized directory: omit --bits, --group, --sym, --format and --to");
        }
    }

    private void checkGguf(String to) {
        if (format != null && !format.equals(GGUF) && to != null) {
            throw new UnsupportedException("--to " + to + " is a GGUF type, and --format " + format + " is not GGUF: give one of them");
        }
        boolean gguf = to != null || GGUF.equals(format);
        if (gguf && (bits != null || group != null || symmetric)) {
            throw new UnsupportedException(
                    "--bits, --group and --sym are for quantized directories; for GGUF the type is enough: --to Q4_K_M; nibble types lists them");
        }
        if (gguf && reordered) {
            throw new UnsupportedException("--act-order scatters the columns of a group, which GGUF cannot store: omit it");
        }
    }

    /** Refuses the other options without {@code --method}. */
    private void checkUnused() {
        if (scheme != null) {
            throw new ParameterException(command.commandLine(), "--scheme " + scheme + " requires --method: rtn, gptq, awq, autoround …");
        }
        if (bits != null || group != null || symmetric || reordered || sequential || format != null && !format.equals(GGUF)) {
            throw new UnsupportedException(
                    "--bits, --group, --sym, --act-order, --true-sequential and --format require --method; for a GGUF file, --to is enough");
        }
    }
}
