package dev.nibble.core.conversion;

import dev.nibble.core.checkpoint.Checkpoint;
import java.util.List;

/** The unchanged tensors of a GGUF file, to be written again in other codecs. */
final class GgufSource {
    private GgufSource() {}

    /** Sources in the order of quantized files, whatever the order of {@code file}. */
    public static List<TensorSource> tensors(Checkpoint file) {
        return file.names().stream().sorted(GgufConversion.FILE_ORDER)
                .map(name -> Sources.guarded(Sources.copy(name, file.tensor(name), false), file.file(name))).toList();
    }
}
