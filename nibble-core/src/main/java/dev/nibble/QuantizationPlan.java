package dev.nibble;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Types, sizes, memory and time of a quantization, computed before anything is written. Valid while the {@link ModelFile} is open. */
public interface QuantizationPlan {
    /** The file type of a GGUF file, such as {@code Q4_K_M}, or the format of a quantized directory, such as {@code awq}. */
    String type();

    /** Whether a Hugging Face directory is written, not a GGUF file. */
    boolean isDirectory();

    /** All tensors, in the order of the GGUF file; in a directory, quantized ones first. */
    List<TensorPlan> tensors();

    /** The exact size of the GGUF file, or of the directory's {@code model.safetensors}. */
    long bytes();

    /** Upper bound of the size of temporary files: the journal and calibration statistics. */
    long temporaryBytes();

    /** Estimated memory of the job. */
    MemoryEstimate memory() throws IOException;

    /** Estimated time of the job, measured on a second or two of its work. */
    TimeEstimate estimateTime() throws IOException;

    /** Warnings about the result, one line each. */
    List<String> warnings();

    /**
     * Carries out the plan, as {@link Quantization#write} does.
     *
     * @param target the file, or for a {@linkplain #isDirectory directory} its path
     */
    QuantizationReport write(Path target) throws IOException;
}
