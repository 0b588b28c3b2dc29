package dev.nibble.cli;

import dev.nibble.Quantization;
import dev.nibble.core.calibration.CalibrationOptions;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What a model's layers are given: from a bundle that was calibrated before, or from a text that the model is run over now. */
final class CalibrationChoice {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--calibrate", paramLabel = "TEXT|BUNDLE", description = "What the method learns the layers' inputs from: a text, or a bundle of nibble calibrate. Default: some 30 KB of English that come with Nibble.")
    private Path file;

    @Option(names = "--samples", paramLabel = "N", description = "Windows of the calibration text, at most. Default: 128.")
    private int samples = CalibrationOptions.DEFAULTS.samples();

    @Option(names = "--seqlen", paramLabel = "N", description = "Tokens in a window. Default: 512, or what the model was trained for if that is less.")
    private int length;

    /** @throws ParameterException for a number out of range */
    Quantization applyTo(Quantization quantization) {
        if (samples < 1 || length < 0) {
            throw new ParameterException(command.commandLine(),
                    samples < 1 ? "--samples is " + samples + ", expected 1 or more" : "--seqlen is " + length + ", expected 1 or more");
        }
        Quantization windows = quantization.calibrationWindows(samples, length);
        return file == null ? windows : windows.calibration(file);
    }
}
