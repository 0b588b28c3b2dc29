package dev.nibble.cli;

import dev.nibble.Quantization;
import dev.nibble.core.calibration.CalibrationOptions;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Source of calibration statistics: an existing bundle, or a text to run the model over. */
final class CalibrationChoice {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--calibrate", paramLabel = "TEXT|BUNDLE", description = "Calibration data: a text, or a bundle of nibble calibrate. Default: a bundled English text of 30 KB.")
    private Path file;

    @Option(names = "--samples", paramLabel = "N", description = "Maximum number of windows of the calibration text. Default: 128.")
    private int samples = CalibrationOptions.DEFAULTS.samples();

    @Option(names = "--seqlen", paramLabel = "N", description = "Tokens per window. Default: 512, or the model's context if that is less.")
    private int length;

    /** @throws ParameterException for a value out of range */
    Quantization applyTo(Quantization quantization) {
        if (samples < 1 || length < 0) {
            throw new ParameterException(command.commandLine(),
                    samples < 1 ? "--samples is " + samples + ", expected 1 or more" : "--seqlen is " + length + ", expected 1 or more");
        }
        Quantization windows = quantization.calibrationWindows(samples, length);
        return file == null ? windows : windows.calibration(file);
    }
}
