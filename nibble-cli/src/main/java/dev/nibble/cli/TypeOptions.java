package dev.nibble.cli;

import dev.nibble.Quantization;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Types of the tensors. */
final class TypeOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--pure", description = "Use the same type for every matrix.")
    private boolean pure;

    @Option(names = "--tensor", paramLabel = "REGEX=TYPE", description = "Type for tensors whose name matches; the first match counts.")
    private List<String> tensors = List.of();

    @Option(names = "--keep", paramLabel = "REGEX", description = "Do not quantize tensors whose name matches.")
    private List<String> keep = List.of();

    @Option(names = "--output-type", paramLabel = "TYPE", description = "Type of the output matrix.")
    private String outputType;

    @Option(names = "--embedding-type", paramLabel = "TYPE", description = "Type of the token embedding.")
    private String embeddingType;

    @Option(names = "--classic-fused", description = "Types of fused query-key-value matrices by llama.cpp's rules from before March 2026.")
    private boolean classicFused;

    @Option(names = "--allow-nonfinite", paramLabel = "zero", description = "Write 0 for NaN and infinite values instead of refusing them.")
    private NonFiniteChoice allowNonFinite;

    /** Returns whether types are given, of all tensors or of some. */
    boolean chooseTypes() {
        return pure || !tensors.isEmpty() || outputType != null || embeddingType != null;
    }

    /** Returns whether some tensors are not to be quantized. */
    boolean keepSome() {
        return !keep.isEmpty();
    }

    /** @throws ParameterException for an invalid rule */
    Quantization applyTo(Quantization quantization) {
        Quantization typed = quantization.pure(pure).classicFused(classicFused).zeroNonFinite(allowNonFinite != null);
        typed = outputType == null ? typed : typed.outputType(outputType);
        typed = embeddingType == null ? typed : typed.embeddingType(embeddingType);
        for (String rule : tensors) {
            int equals = rule.lastIndexOf('=');
            if (equals < 1) {
                throw wrong("--tensor " + rule + ": expected REGEX=TYPE, as in ffn_down=Q6_K");
            }
            typed = typed.tensor(pattern("--tensor", rule.substring(0, equals)), rule.substring(equals + 1));
        }
        for (String regex : keep) {
            typed = typed.keep(pattern("--keep", regex));
        }
        return typed;
    }

    /** @throws ParameterException for options of GGUF files only */
    void checkForDirectory() {
        if (chooseTypes() || classicFused || allowNonFinite != null) {
            throw wrong("--pure, --tensor, --output-type, --embedding-type, --classic-fused and"
                    + " --allow-nonfinite  are for GGUF files: add --to TYPE, or omit them");
        }
    }

    private Pattern pattern(String option, String regex) {
        try {
            return Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            throw new ParameterException(command.commandLine(), option + " " + regex + ": " + e.getDescription(), e);
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(command.commandLine(), message);
    }
}
