package dev.nibble.core.checkpoint.open;

import dev.nibble.core.checkpoint.FileTensor;
import dev.nibble.core.checkpoint.OpenCheckpoint;
import dev.nibble.core.checkpoint.io.MappedFile;
import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** Opens all shards named by an index, each once, and checks them against the index. */
final class ShardedCheckpoint {
    /** Opens one shard. */
    @FunctionalInterface
    interface Opener {
        OpenCheckpoint open(Path path) throws IOException;
    }

    private ShardedCheckpoint() {}

    static OpenCheckpoint open(Path indexFile, Opener opener) throws IOException {
        ShardIndex index = ShardIndex.read(indexFile);
        List<OpenCheckpoint> shards = new ArrayList<>();
        try {
            for (String shard : new LinkedHashSet<>(index.shardOf().values())) {
                Path path = indexFile.resolveSibling(shard);
                if (!Files.exists(path)) {
                    String tensor = index.shardOf().entrySet().stream().filter(entry -> entry.getValue().equals(shard)).findFirst().get()
                            .getKey();
                    throw wrong("SHARD_MISSING", indexFile, tensor, "its shard " + shard + " is not there");
                }
                shards.add(opener.open(path));
            }
            return joined(indexFile, index, shards);
        } catch (IOException | RuntimeException e) {
            shards.forEach(OpenCheckpoint::close);
            throw e;
        }
    }

    /** Opens shards without an index: every tensor is where it is. */
    static OpenCheckpoint open(Path folder, List<Path> files, Opener opener) throws IOException {
        List<OpenCheckpoint> shards = new ArrayList<>();
        Map<String, String> shardOf = new LinkedHashMap<>();
        try {
            for (Path file : files) {
                OpenCheckpoint shard = opener.open(file);
                shards.add(shard);
                for (String name : shard.names()) {
                    String other = shardOf.putIfAbsent(name, file.getFileName().toString());
                    if (other != null) {
                        throw wrong("TENSOR_TWICE", file, name, "is in " + other + " as well");
                    }
                }
            }
            return joined(folder.resolve("index"), new ShardIndex(shardOf, OptionalLong.empty()), shards);
        } catch (IOException | RuntimeException e) {
            shards.forEach(OpenCheckpoint::close);
            throw e;
        }
    }

    private static OpenCheckpoint joined(Path indexFile, ShardIndex index, List<OpenCheckpoint> shards) {
        Map<String, FileTensor> tensors = LinkedHashMap.newLinkedHashMap(index.shardOf().size());
        Map<String, Object> metadata = new LinkedHashMap<>();
        List<String> warnings = new ArrayList<>();
        for (OpenCheckpoint shard : shards) {
            String file = shard.path().getFileName().toString();
            shard.tensors().forEach((name, tensor) -> {
                String expected = index.shardOf().get(name);
                if (expected == null) {
                    throw wrong("SHARD_TENSOR_NOT_MAPPED", shard.path(), name, "is in this shard, but not in " + indexFile.getFileName());
                }
                if (!expected.equals(file)) {
                    throw wrong("SHARD_TENSOR_ELSEWHERE", shard.path(), name, "is in this shard, " + indexFile.getFileName() + " says "
                            + expected);
                }
                tensors.put(name, tensor);
            });
            shard.metadata().forEach(metadata::putIfAbsent);
            warnings.addAll(shard.warnings());
        }
        index.shardOf().forEach((name, shard) -> {
            if (!tensors.containsKey(name)) {
                throw wrong("SHARD_LACKS_TENSOR", indexFile.resolveSibling(shard), name, "should be in this shard and is not");
            }
        });
        long bytes = tensors.values().stream().mapToLong(tensor -> tensor.info().bytes()).sum();
        if (index.totalSize().isPresent() && index.totalSize().getAsLong() != bytes) {
            warnings.add(indexFile.getFileName() + " says total_size " + index.totalSize().getAsLong() + ", the tensors take " + bytes);
        }
        String format = shards.isEmpty() ? "safetensors" : shards.getFirst().format();
        List<MappedFile> files = shards.stream().flatMap(shard -> shard.mapped().stream()).toList();
        Path folder = indexFile.toAbsolutePath().getParent();
        return new OpenCheckpoint(folder, format, tensors, files, Collections.unmodifiableMap(metadata), List.copyOf(warnings));
    }

    private static MalformedFileException wrong(String code, Path path, String tensor, String reason) {
        return new MalformedFileException(code, path, -1, tensor, reason);
    }
}
