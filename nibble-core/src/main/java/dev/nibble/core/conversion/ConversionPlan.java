package dev.nibble.core.conversion;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.model.mapping.Architecture;
import java.util.List;

/**
 * The contents of a GGUF file made from a Hugging Face directory.
 *
 * @param metadata all but {@code general.file_type} and {@code general.quantization_version}, set by the code that chooses the codecs
 * @param tensors  in the order of the file
 * @param stored   the directory's tensors that they are made from
 * @param warnings losses and oddities, one line each
 */
record ConversionPlan(Architecture architecture, GgufMetadata metadata, List<TensorSource> tensors,
        List<StoredTensor> stored, List<String> warnings) {
    public ConversionPlan {
        tensors = List.copyOf(tensors);
        stored = List.copyOf(stored);
        warnings = List.copyOf(warnings);
    }
}
