package dev.nibble;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What a quantization will write, known before anything is written. Good for as long as the {@link ModelFile} is open. */
public interface QuantizationPlan {
    /** The file type of a GGUF file, such as {@code Q4_K_M}, or the format of a quantized directory, such as {@code awq}. */
    String type();

    /** Whether a Hugging Face directory is written, not a GGUF file. */
    boolean isDirectory();

    /** Every tensor, in the order of the GGUF file; quantized ones first in a directory. */
    List<TensorPlan> tensors();

    /** The exact size of the GGUF file, or of the directory's {@code model.safetensors}. */
    long bytes();

    /** At most so many bytes are kept beside the result until it is done: a journal, the statistics of a calibration. */
    long temporaryBytes();

    /** Memory that the job will take. */
    MemoryEstimate memory() throws IOException;

    /** About how long the job will take; does a second or two of the work to find out. */
    TimeEstimate estimateTime() throws IOException;

    /** What makes the result worse than it could be, one line each. */
    List<String> warnings();

    /**
     * Carries it out, as {@link Quantization#write} does.
     *
     * @param target the file, or for a {@linkplain #isDirectory directory} its path
     */
    QuantizationReport write(Path target) throws IOException;
}
