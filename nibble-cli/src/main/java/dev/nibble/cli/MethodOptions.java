package dev.nibble.cli;

import dev.nibble.core.UnsupportedException;
import dev.nibble.core.recipe.Method;
import dev.nibble.core.recipe.MethodRequest;
import dev.nibble.core.recipe.Methods;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

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

    @Option(names = "--format", paramLabel = "NAME", description = "gptq, gptq-v2, awq, bnb, hqq, compressed-tensors, fp8 or gguf. Default: what is usual for the method.")
    private String format;

    /** The method that was asked for, if any was. */
    Optional<Method> method() {
        return Optional.ofNullable(name).map(Methods::named);
    }

    /** Whether a GGUF file is to be written. @param to the type that was asked for, or null */
    boolean toGguf(String to) {
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

    /** For a quantized directory. */
    MethodRequest request(Method method, List<Pattern> keep) {
        return MethodRequest.of(method, optional(bits), optional(group), symmetric, reordered, Optional.ofNullable(format), keep);
    }

    /** @throws UnsupportedException if any option but {@code --method} was given, none of which means anything without it */
    void checkUnused() {
        if (bits != null || group != null || symmetric || reordered || format != null && !format.equals(GGUF)) {
            throw new UnsupportedException("--bits, --group, --sym, --act-order and --format go with --method; for a GGUF file, --to says all");
        }
    }

    /** As they would be typed. */
    String text() {
        return (name == null ? "" : " --method " + name) + (bits == null ? "" : " --bits " + bits) + (group == null ? "" : " --group " + group)
                + (symmetric ? " --sym" : "") + (reordered ? " --act-order" : "") + (format == null ? "" : " --format " + format);
    }

    private static OptionalInt optional(Integer number) {
        return number == null ? OptionalInt.empty() : OptionalInt.of(number);
    }
}
