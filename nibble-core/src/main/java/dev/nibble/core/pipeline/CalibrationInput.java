package dev.nibble.core.pipeline;

import dev.nibble.LoadOptions;
import dev.nibble.ProgressListener;
import dev.nibble.core.calibration.Calibration;
import dev.nibble.core.calibration.CalibrationOptions;
import dev.nibble.core.calibration.CalibrationText;
import dev.nibble.core.calibration.Calibrator;
import dev.nibble.core.calibration.SequentialCalibrator;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.conversion.ModelTokenizers;
import dev.nibble.core.evaluation.EvaluationText;
import dev.nibble.core.evaluation.Windows;
import dev.nibble.core.inference.LoadedModel;
import dev.nibble.core.model.mapping.GgufHyperparameters;
import dev.nibble.core.quantization.Statistic;
import dev.nibble.error.UnsupportedException;
import dev.nibble.text.tokenizer.Tokenizer;
import dev.nibble.text.tokenizer.Tokenizers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * Source of calibration data: a bundle of statistics, or a text to run the model over.
 *
 * @param file a text or a bundle; empty for the built-in text
 * @param samples maximum number of windows of the text
 * @param length tokens in a window; 0 for the smaller of the default of {@link CalibrationOptions} and the model's context length
 */
public record CalibrationInput(Optional<Path> file, int samples, int length) {
    /** The built-in text. */
    public static final CalibrationInput DEFAULTS = new CalibrationInput(Optional.empty(), CalibrationOptions.DEFAULTS.samples(), 0);
    private static final String BUILT_IN = "built-in text";
    private static final int FEW_TOKENS = 2048;
    private static final int MEASURED_TOKENS = 2048;

    public CalibrationInput {
        if (samples < 1 || length < 0) {
            throw new IllegalArgumentException(samples + " samples of " + length + " tokens, expected 1 or more");
        }
    }

    /** @throws UnsupportedException if there is no such file */
    public void check() {
        if (file.isPresent() && Files.isDirectory(file.get())) {
            throw new UnsupportedException(file.get() + ": is a directory; expected a text, or a bundle of statistics");
        }
        if (file.isPresent() && !Files.isReadable(file.get())) {
            throw new UnsupportedException(file.get() + ": calibration file not found");
        }
    }

    /**
     * The statistics of the layers' inputs.
     *
     * @param kinds kinds of statistics needed
     * @param bundle file for statistics collected now
     */
    Calibration open(Path model, LoadOptions options, Set<Class<? extends Statistic<?>>> kinds, Path bundle, ProgressListener listener)
            throws IOException {
        if (isBundle()) {
            return Calibration.open(file.orElseThrow());
        }
        try (Calibrator calibrator = new Calibrator(model, options)) {
            CalibrationText text = text(calibrator.model(), listener);
            return calibrator.calibrate(text, CalibrationOptions.DEFAULTS.with(kinds), bundle, true, listener);
        }
    }

    /**
     * Calibration of a layer on the outputs of the quantized layers before it.
     *
     * @param states file for hidden states too large for memory
     */
    SequentialCalibrator sequential(Path model, LoadOptions options, Set<Class<? extends Statistic<?>>> kinds, Path states,
            ProgressListener listener) throws IOException {
        return SequentialCalibrator.start(model, options, loaded -> text(loaded, listener), CalibrationOptions.DEFAULTS.with(kinds), states,
                listener);
    }

    /** @throws UnsupportedException if it is a bundle, whose inputs come from the original layers */
    void checkText() throws IOException {
        if (isBundle()) {
            throw new UnsupportedException(file.orElseThrow()
                    + ": a bundle holds inputs of the original layers, but true-sequential needs those of the quantized layers;"
                    + " give the text, or leave out true-sequential");
        }
    }

    /** Size of the file of hidden states; 0 if they fit into memory. */
    long states(ModelSource source) {
        long bytes = allStates(source);
        return bytes > SequentialCalibrator.STATES_IN_MEMORY ? bytes : 0;
    }

    /** Memory of hidden states; 0 if they go to a file. */
    long statesInMemory(ModelSource source) {
        return allStates(source) - states(source);
    }

    private long allStates(ModelSource source) {
        GgufHyperparameters facts = source.facts();
        return (long) samples * windowLength(facts) * facts.whole("embedding_length", 1, Integer.MAX_VALUE) * Float.BYTES;
    }

    /** Whether the file is a bundle: a safetensors file starts with the length of a header and a brace; no text does. */
    boolean isBundle() throws IOException {
        if (file.isEmpty()) {
            return false;
        }
        try (InputStream in = Files.newInputStream(file.get())) {
            byte[] start = in.readNBytes(9);
            return start.length == 9 && start[8] == '{' && start[7] == 0;
        }
    }

    /** The calibration windows for a model. */
    public CalibrationText windows(LoadedModel model, ProgressListener listener) throws IOException {
        return text(model, samples, windowLength(model.context()), listener);
    }

    /** The same, announced to the listener. */
    private CalibrationText text(LoadedModel model, ProgressListener listener) throws IOException {
        CalibrationText text = windows(model, listener);
        listener.note("calibrating on " + (file.isEmpty() ? "the " : "") + text.name() + ", " + windows(text)
                + (file.isEmpty() ? "; text like the model's intended use is better" : ""));
        if (text.tokens() < FEW_TOKENS) {
            listener.warning("the calibration text is short, " + text.tokens() + " tokens; results for other texts need at least "
                    + FEW_TOKENS);
        }
        return text;
    }

    /** Windows for repeated measurements: few, since the model runs over them many times. */
    Windows windows(Path model, ModelSource source, LoadOptions options, ProgressListener listener) throws IOException {
        if (isBundle()) {
            throw new UnsupportedException(file.orElseThrow() + ": a bundle has no text to measure on; give the text");
        }
        try (LoadedModel loaded = LoadedModel.of(model, source, options)) {
            int size = windowLength(loaded.context());
            CalibrationText text = text(loaded, Math.min(samples, Math.max(1, MEASURED_TOKENS / size)), size, listener);
            listener.note("measuring on " + text.name() + ", " + windows(text));
            return new Windows(text.length(), 1, text.windows());
        }
    }

    private CalibrationText text(LoadedModel model, int max, int size, ProgressListener listener) throws IOException {
        if (size > model.context()) {
            listener.warning("windows of " + size + " tokens are longer than the model's context of " + model.context()
                    + "; positions beyond it are useless");
        }
        try (Tokenizer tokenizer = model.openTokenizer(listener::warning)) {
            return text(tokenizer, max, size);
        }
    }

    private CalibrationText text(Tokenizer tokenizer, int max, int size) throws IOException {
        String content = file.isEmpty() ? CalibrationText.builtIn() : EvaluationText.read(file.get()).joined();
        return CalibrationText.of(file.map(path -> path.getFileName().toString()).orElse(BUILT_IN), content, tokenizer, size, max);
    }

    /** Number of calibration tokens; 0 for a bundle. */
    long tokens(Path model, ModelSource source) throws IOException {
        if (isBundle()) {
            return 0;
        }
        try (Tokenizer tokenizer = Files.isDirectory(model)
                ? Tokenizers.open(model)
                : Tokenizers.of(ModelTokenizers.source(source.metadata(), model), warning -> {})) {
            return text(tokenizer, samples, windowLength(source.facts())).tokens();
        }
    }

    /** Maximum tokens per window. */
    int windowLength(GgufHyperparameters facts) {
        return windowLength((int) facts.whole("context_length", 1, Integer.MAX_VALUE));
    }

    /** @param context the model's context length */
    private int windowLength(int context) {
        return length == 0 ? Math.min(CalibrationOptions.DEFAULTS.length(), context) : length;
    }

    private static String windows(CalibrationText text) {
        int count = text.windows().size();
        return count + (count == 1 ? " window of " : " windows of ") + text.length() + " tokens";
    }
}
