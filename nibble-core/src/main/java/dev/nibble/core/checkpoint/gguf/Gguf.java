package dev.nibble.core.checkpoint.gguf;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.FileTensor;
import dev.nibble.core.checkpoint.OpenCheckpoint;
import dev.nibble.core.checkpoint.io.MappedFile;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A GGUF model, version 2 or 3, in one file or split over several. */
public final class Gguf implements Checkpoint {
    private final OpenCheckpoint checkpoint;
    private final GgufMetadata metadata;

    private Gguf(OpenCheckpoint checkpoint, GgufMetadata metadata) {
        this.checkpoint = checkpoint;
        this.metadata = metadata;
    }

    /** Opens the file; given any part of a split model, opens all parts. */
    public static Gguf open(Path path) throws IOException {
        List<GgufFile> parts = new ArrayList<>();
        try {
            parts.add(GgufFile.read(path));
            if (GgufSplit.isPart(parts.getFirst())) {
                GgufSplit.openOthers(parts);
            }
            return of(path, parts);
        } catch (IOException | RuntimeException e) {
            parts.forEach(part -> part.file().close());
            throw e;
        }
    }

    private static Gguf of(Path path, List<GgufFile> parts) {
        Map<String, FileTensor> tensors = new LinkedHashMap<>();
        List<String> warnings = new ArrayList<>();
        for (GgufFile part : parts) {
            part.tensors().forEach((name, tensor) -> {
                FileTensor other = tensors.putIfAbsent(name, tensor);
                if (other != null) {
                    throw new MalformedFileException("GGUF_DUPLICATE_TENSOR", part.file().path(), -1, name,
                            "this tensor is also in " + other.file().path());
                }
            });
            warnings.addAll(part.warnings());
        }
        GgufMetadata metadata = new GgufMetadata(parts.getFirst().metadata());
        GgufSplit.KEYS.forEach(metadata::remove);
        List<MappedFile> files = parts.stream().map(GgufFile::file).toList();
        OpenCheckpoint checkpoint = new OpenCheckpoint(path, "gguf", tensors, files, plain(metadata), List.copyOf(warnings));
        return new Gguf(checkpoint, metadata);
    }

    private static Map<String, Object> plain(GgufMetadata metadata) {
        Map<String, Object> plain = new LinkedHashMap<>();
        metadata.values().forEach((key, value) -> plain.put(key, value.value()));
        return Collections.unmodifiableMap(plain);
    }

    /** The typed key–value pairs in file order; for a split model those of the first part, without the keys about the split. */
    public GgufMetadata ggufMetadata() {
        return metadata;
    }

    /** Value of {@code general.architecture}. @throws MalformedFileException if it is missing or not a string */
    public String architecture() {
        String key = "general.architecture";
        return metadata.string(key).filter(name -> !name.isEmpty())
                .orElseThrow(() -> new MalformedFileException("GGUF_NO_ARCHITECTURE", path(), -1, key,
                        metadata.has(key) ? "must be a text, is " + metadata.values().get(key).type() : "is missing: what model is this?"));
    }

    @Override
    public Path path() {
        return checkpoint.path();
    }

    @Override
    public String format() {
        return checkpoint.format();
    }

    @Override
    public Set<String> names() {
        return checkpoint.names();
    }

    @Override
    public TensorInfo info(String name) {
        return checkpoint.info(name);
    }

    @Override
    public Tensor tensor(String name) {
        return checkpoint.tensor(name);
    }

    @Override
    public long offset(String name) {
        return checkpoint.offset(name);
    }

    @Override
    public Path file(String name) {
        return checkpoint.file(name);
    }

    @Override
    public List<Path> files() {
        return checkpoint.files();
    }

    @Override
    public Map<String, Object> metadata() {
        return checkpoint.metadata();
    }

    @Override
    public List<String> warnings() {
        return checkpoint.warnings();
    }

    @Override
    public void verifyUnchanged() throws IOException {
        checkpoint.verifyUnchanged();
    }

    @Override
    public void close() {
        checkpoint.close();
    }
}
