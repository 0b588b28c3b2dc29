package dev.nibble.core.conversion;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.tensor.ActivationQuantization;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A source that reports truncation of its file during a read as an error. */
record GuardedSource(TensorSource source, Path file) implements TensorSource {
    @Override
    public TensorInfo info() {
        return source.info();
    }

    @Override
    public void read(long firstRow, int rows, float[] target, int from) {
        Checkpoint.guarded(file, () -> {
            source.read(firstRow, rows, target, from);
            return target;
        });
    }

    @Override
    public List<Transform> inputTransforms() {
        return source.inputTransforms();
    }

    @Override
    public Optional<Weight> whole() {
        return Checkpoint.guarded(file, source::whole);
    }

    @Override
    public ActivationQuantization inputQuantization() {
        return source.inputQuantization();
    }

    @Override
    public Optional<Tensor> raw() {
        return source.raw();
    }

    @Override
    public Optional<MemorySegment> rawRow(long row) {
        return source.rawRow(row);
    }
}
