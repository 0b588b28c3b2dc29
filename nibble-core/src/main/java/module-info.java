import dev.nibble.Evaluation;
import dev.nibble.LanguageModel;
import dev.nibble.Quantization;

/**
 * Quantizes, runs and evaluates language models.
 *
 * <p>
 * Start at {@link Quantization}, {@link LanguageModel} or {@link Evaluation}. What else is exported are the formats: numbers, codecs and model files.
 */
module dev.nibble {
    requires java.management;
    requires jdk.management;
    requires tools.jackson.databind;
    requires transitive dev.nibble.text;
    requires static jdk.incubator.vector;

    exports dev.nibble;
    exports dev.nibble.core.checkpoint;
    exports dev.nibble.core.checkpoint.io;
    exports dev.nibble.core.checkpoint.open;
    exports dev.nibble.core.codec;
    exports dev.nibble.core.tensor;

    exports dev.nibble.core.backend to dev.nibble.bench, dev.nibble.cli;
    exports dev.nibble.core.calibration to dev.nibble.cli;
    exports dev.nibble.core.checkpoint.gguf to dev.nibble.bench;
    exports dev.nibble.core.codec.encode to dev.nibble.bench;
    exports dev.nibble.core.conversion to dev.nibble.cli;
    exports dev.nibble.core.evaluation to dev.nibble.cli;
    exports dev.nibble.core.evaluation.task to dev.nibble.cli;
    exports dev.nibble.core.inference to dev.nibble.cli;
    exports dev.nibble.core.job to dev.nibble.cli;
    exports dev.nibble.core.kernel to dev.nibble.bench, dev.nibble.cli;
    exports dev.nibble.core.layout to dev.nibble.cli;
    exports dev.nibble.core.model to dev.nibble.cli;
    exports dev.nibble.core.pipeline to dev.nibble.cli;
    exports dev.nibble.core.plan to dev.nibble.cli;
    exports dev.nibble.core.quantization to dev.nibble.bench, dev.nibble.cli;
    exports dev.nibble.core.recipe to dev.nibble.cli;
}
