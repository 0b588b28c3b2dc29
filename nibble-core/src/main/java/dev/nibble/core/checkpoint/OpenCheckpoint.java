package dev.nibble.core.checkpoint;

import dev.nibble.core.checkpoint.io.MappedFile;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Checked tensors over mapped files of any format. */
public record OpenCheckpoint(Path path, String format, Map<String, FileTensor> tensors, List<MappedFile> mapped,
        Map<String, Object> metadata,
        List<String> warnings) implements Checkpoint {
    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(tensors.keySet());
    }

    @Override
    public TensorInfo info(String name) {
        return stored(name).info();
    }

    @Override
    public Tensor tensor(String name) {
        return stored(name).tensor();
    }

    @Override
    public long offset(String name) {
        return stored(name).offset();
    }

    @Override
    public Path file(String name) {
        return stored(name).file().path();
    }

    @Override
    public List<Path> files() {
        return mapped.stream().map(MappedFile::path).toList();
    }

    @Override
    public void verifyUnchanged() throws IOException {
        for (MappedFile file : mapped) {
            file.verifyUnchanged();
        }
    }

    @Override
    public void close() {
        mapped.forEach(MappedFile::close);
    }

    private FileTensor stored(String name) {
        FileTensor stored = tensors.get(name);
        if (stored == null) {
            throw new IllegalArgumentException("no tensor " + name + " in " + path);
        }
        return stored;
    }
}
