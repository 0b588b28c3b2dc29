package dev.nibble.core.conversion;

import dev.nibble.core.checkpoint.Checkpoint;
import java.util.List;

/** The tensors of a GGUF file as they are, to be written again in other codecs. */
public final class GgufSource {
    private GgufSource() {}

    /** In the order in which quantized files have them, whatever the order of {@code file}. */
    public static List<TensorSource> tensors(Checkpoint file) {
        return file.names().stream().sorted(GgufConversion.FILE_ORDER)
                .map(name -> Sources.guarded(Sources.copy(name, file.tensor(name), false), file.file(name))).toList();
    }
}
