package dev.nibble.core.job;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.conversion.ExactWeight;
import dev.nibble.core.layout.ModelFiles;
import dev.nibble.core.layout.QuantizedCheckpoint;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A quantized directory to write in another layout. */
record TranscodableDirectory(Path model, QuantizedCheckpoint source) implements TranscodableModel {
    @Override
    public List<TensorInfo> weights() {
        return source.names().stream().filter(source::isQuantized).map(source::info).toList();
    }

    @Override
    public List<TensorInfo> others() {
        return source.names().stream().filter(name -> !source.isQuantized(name)).map(source::info).toList();
    }

    @Override
    public boolean isReordered() {
        return source.names().stream().anyMatch(name -> source.isTransformed(name) && source.info(name).codec() instanceof GroupAffine);
    }

    @Override
    public Weight weight(String name, Arena arena) {
        return source.weight(name);
    }

    @Override
    public void other(String name, Chunks chunks) throws IOException {
        chunks.write(0, source.tensor(name).data());
    }

    @Override
    public ModelFiles files() throws IOException {
        return ModelFiles.of(Files.isDirectory(model) ? model : model.toAbsolutePath().getParent());
    }

    @Override
    public List<String> warnings() {
        return List.of();
    }

    @Override
    public void verifyUnchanged() throws IOException {
        source.verifyUnchanged();
    }

    @Override
    public List<TranscodingJob.Certificate> compare(Path directory) throws IOException {
        List<TranscodingJob.Certificate> certificates = new ArrayList<>();
        try (Checkpoint opened = QuantizedCheckpoint.open(directory)) {
            QuantizedCheckpoint result = (QuantizedCheckpoint) opened;
            for (TensorInfo info : weights()) {
                Weight transcoded = result.weight(info.name());
                if (!equal(source.weight(info.name()), transcoded)) {
                    throw new UnsupportedException("tensor " + info.name() + " would not keep its values bit for bit");
                }
                certificates.add(new TranscodingJob.Certificate(info.name(), info.codec().name(), transcoded.values().codec().name(),
                        info.shape().count(), ExactWeight.negativeScales(transcoded.values().codec(), transcoded.values().data())));
            }
        }
        return certificates;
    }

    private static boolean equal(Weight one, Weight other) {
        int columns = Math.toIntExact(one.values().columns());
        float[] before = new float[columns];
        float[] after = new float[columns];
        boolean equal = one.values().shape().equals(other.values().shape());
        for (long row = 0; equal && row < one.values().rows(); row++) {
            one.read(row, before, 0);
            other.read(row, after, 0);
            equal = TranscodableGguf.sameBits(before, after);
        }
        return equal;
    }

    @Override
    public void close() {
        source.close();
    }
}
