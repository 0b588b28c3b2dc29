package dev.nibble.core.layout;

import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import java.util.List;
import java.util.Map;

/** A layout that is read but not written: only its own program makes such weights. */
interface ReadOnlyLayout extends WeightLayout {
    private UnsupportedException refused(String name, Codec codec) {
        return new UnsupportedException(name + " is " + codec.name() + "; " + name() + " is read, not written");
    }

    @Override
    default Map<String, Object> config(Codec codec, boolean reordered, List<String> plain) {
        throw refused("the model", codec);
    }

    @Override
    default List<TensorInfo> parts(TensorInfo module, QuantizationConfig config) {
        throw refused(module.name(), module.codec());
    }

    @Override
    default void write(Weight weight, String module, QuantizationConfig config, CheckpointWriter file) {
        throw refused(module, weight.values().codec());
    }
}
