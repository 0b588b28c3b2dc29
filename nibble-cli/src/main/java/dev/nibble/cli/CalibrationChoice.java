package dev.nibble.cli;

import dev.nibble.ProgressListener;
import dev.nibble.core.UnsupportedException;
import dev.nibble.core.calibration.Calibration;
import dev.nibble.core.calibration.CalibrationOptions;
import dev.nibble.core.calibration.CalibrationText;
import dev.nibble.core.calibration.Calibrator;
import dev.nibble.core.calibration.SequentialCalibrator;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.conversion.ModelTokenizers;
import dev.nibble.core.evaluation.EvaluationText;
import dev.nibble.core.evaluation.Windows;
import dev.nibble.core.inference.LoadOptions;
import dev.nibble.core.inference.LoadedModel;
import dev.nibble.core.model.GgufFacts;
import dev.nibble.core.quantization.Statistic;
import dev.nibble.core.tokenizer.Tokenizer;
import dev.nibble.core.tokenizer.Tokenizers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What a model's layers are given: from a bundle that was calibrated before, or from a text that the model is run over now. */
final class CalibrationChoice {
    private static final String BUILT_IN = "built-in text";
    private static final int FEW_TOKENS = 2048;
    private static final int MEASURED_TOKENS = 2048;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--calibrate", paramLabel = "TEXT|BUNDLE", description = "What the method learns the layers' inputs from: a text, or a bundle of nibble calibrate. Default: some 30 KB of English that come with Nibble.")
    private Path file;

    @Option(names = "--samples", paramLabel = "N", description = "Windows of the calibration text, at most. Default: 128.")
    private int samples = CalibrationOptions.DEFAULTS.samples();

    @Option(names = "--seqlen", paramLabel = "N", description = "Tokens in a window. Default: 512, or what the model was trained for if that is less.")
    private int length;

    /** The file that was given, if any was. */
    Optional<Path> file() {
        return Optional.ofNullable(file);
    }

    /** As it would be typed, whatever is usual. */
    String text() {
        return " --samples " + samples + " --seqlen " + length;
    }

    void check() {
        if (samples < 1 || length < 0) {
            throw new ParameterException(command.commandLine(),
                    samples < 1 ? "--samples is " + samples + ", expected 1 or more" : "--seqlen is " + length + ", expected 1 or more");
        }
        if (file != null && Files.isDirectory(file)) {
            throw new UnsupportedException("--calibrate " + file + ": is a directory; expected a text, or a bundle of nibble calibrate");
        }
        if (file != null && !Files.isReadable(file)) {
            throw new UnsupportedException("--calibrate " + file + ": no such file");
        }
    }

    /**
     * The statistics of a model's inputs.
     *
     * @param kinds  that are needed
     * @param bundle where they go if they have to be gathered
     */
    Calibration open(Path model, LoadOptions options, Set<Class<? extends Statistic<?>>> kinds, Path bundle) throws IOException {
        if (isBundle()) {
            return Calibration.open(file);
        }
        try (Calibrator calibrator = new Calibrator(model, options); ProgressDisplay line = new ProgressDisplay()) {
            CalibrationText text = calibrationText(calibrator.model());
            return calibrator.calibrate(text, CalibrationOptions.DEFAULTS.with(kinds), bundle, true, line);
        }
    }

    /**
     * A model that tells the statistics of its inputs as its weights are settled.
     *
     * @param states where states between its blocks go that are too many for memory
     */
    SequentialCalibrator sequential(Path model, LoadOptions options, Set<Class<? extends Statistic<?>>> kinds, Path states,
            ProgressListener progress) throws IOException {
        return SequentialCalibrator.start(model, options, this::calibrationText, CalibrationOptions.DEFAULTS.with(kinds), states, progress);
    }

    /** @throws UnsupportedException if it is a bundle, which cannot tell what layers are given later on */
    void checkText() throws IOException {
        if (isBundle()) {
            throw new UnsupportedException("--calibrate " + file
                    + ": a bundle holds what the layers of the original model are given, and --true-sequential asks for what they are given once"
                    + " those before them are quantized; give the text, or leave out --true-sequential");
        }
    }

    /** Bytes of such states, where they are too many for memory. */
    long states(ModelSource source) {
        long bytes = allStates(source);
        return bytes > SequentialCalibrator.STATES_IN_MEMORY ? bytes : 0;
    }

    /** Bytes of such states, where they are not. */
    long statesInMemory(ModelSource source) {
        return allStates(source) - states(source);
    }

    private long allStates(ModelSource source) {
        GgufFacts facts = source.facts();
        return (long) samples * windowLength(facts) * facts.whole("embedding_length", 1, Integer.MAX_VALUE) * Float.BYTES;
    }

    /** Whether it is a file that knows all already. */
    boolean isBundle() throws IOException {
        return file != null && isBundle(file);
    }

    /** Windows of the text as they were asked for, and said to be. */
    private CalibrationText calibrationText(LoadedModel model) throws IOException {
        CalibrationText text = text(model, CalibrationOptions.DEFAULTS.withSamples(samples).withLength(windowLength(model.context())));
        say(text);
        return text;
    }

    /** Windows of the text to measure a model on: a few, unless more are asked for, since it is run over them again and again. */
    Windows windows(Path model, ModelSource source, LoadOptions options) throws IOException {
        if (isBundle()) {
            throw new UnsupportedException("--calibrate " + file + ": a bundle has no text to measure predictions on; give the text");
        }
        try (LoadedModel loaded = LoadedModel.of(model, source, options)) {
            int size = length == 0 ? Math.min(CalibrationOptions.DEFAULTS.length(), loaded.context()) : length;
            int most = Math.min(samples, Math.max(1, MEASURED_TOKENS / size));
            CalibrationText text = text(loaded, CalibrationOptions.DEFAULTS.withSamples(most).withLength(size));
            StandardError.message("measuring on " + text.name() + ", " + windows(text));
            return new Windows(text.length(), 1, text.windows());
        }
    }

    private CalibrationText text(LoadedModel model, CalibrationOptions options) throws IOException {
        warnOfLength(options.length(), model.context());
        try (Tokenizer tokenizer = model.openTokenizer(StandardError::warning)) {
            return text(tokenizer, options);
        }
    }

    private CalibrationText text(Tokenizer tokenizer, CalibrationOptions options) throws IOException {
        String content = file == null ? CalibrationText.builtIn() : EvaluationText.read(file).joined();
        String name = file == null ? BUILT_IN : file.getFileName().toString();
        return CalibrationText.of(name, content, tokenizer, options.length(), options.samples());
    }

    /** Tokens that a model would be run over; 0 if a bundle knows all already. */
    long tokens(Path model, ModelSource source) throws IOException {
        if (isBundle()) {
            return 0;
        }
        try (Tokenizer tokenizer = Files.isDirectory(model)
                ? Tokenizers.open(model)
                : Tokenizers.of(ModelTokenizers.source(source.metadata(), model), warning -> {})) {
            return text(tokenizer, CalibrationOptions.DEFAULTS.withSamples(samples).withLength(windowLength(source.facts()))).tokens();
        }
    }

    /** Tokens in a window, at most. */
    int windowLength(GgufFacts facts) {
        return windowLength((int) facts.whole("context_length", 1, Integer.MAX_VALUE));
    }

    /** @param context tokens that a model was trained for */
    private int windowLength(int context) {
        return length == 0 ? Math.min(CalibrationOptions.DEFAULTS.length(), context) : length;
    }

    /** Says where windows go on beyond what a model has ever seen. */
    static void warnOfLength(int length, int context) {
        if (length > context) {
            StandardError.warning("--seqlen " + length + " is more than the " + context
                    + " tokens that the model was trained for; what it computes behind those is of no use");
        }
    }

    private static String windows(CalibrationText text) {
        int count = text.windows().size();
        return count + (count == 1 ? " window of " : " windows of ") + text.length() + " tokens";
    }

    private void say(CalibrationText text) {
        StandardError.message("calibrating on " + (file == null ? "the built-in text" : text.name()) + ", " + windows(text)
                + (file == null ? "; text like what the model is for is better: --calibrate FILE" : ""));
        if (text.tokens() < FEW_TOKENS) {
            StandardError.warning("the calibration text is short, " + text.tokens() + " tokens; some " + FEW_TOKENS
                    + " are the least for figures that hold for other texts, too");
        }
    }

    /** A safetensors file starts with the length of a header and a brace; no text does. */
    private static boolean isBundle(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] start = in.readNBytes(9);
            return start.length == 9 && start[8] == '{' && start[7] == 0;
        }
    }
}
