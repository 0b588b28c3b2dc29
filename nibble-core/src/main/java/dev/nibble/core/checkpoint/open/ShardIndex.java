package dev.nibble.core.checkpoint.open;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.ForeignFiles;
import dev.nibble.core.checkpoint.Limits;
import dev.nibble.core.checkpoint.io.MappedFile;
import dev.nibble.core.checkpoint.io.Utf8;
import dev.nibble.core.checkpoint.safetensors.BoundedJson;
import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * The index beside shards that maps tensors to files:
 * {@code {"metadata": {"total_size": bytes}, "weight_map": {"tensor": "model-00001-of-00002.safetensors"}}}.
 */
record ShardIndex(Map<String, String> shardOf, OptionalLong totalSize) {
    static ShardIndex read(Path path) throws IOException {
        try (MappedFile file = MappedFile.open(path)) {
            if (file.size() > Limits.SAFETENSORS_HEADER) {
                throw wrong(path, 0, "", file.size() + " bytes, the limit is " + Limits.SAFETENSORS_HEADER);
            }
            byte[] text = Checkpoint.guarded(path, () -> {
                ForeignFiles.refuse(file);
                return file.bytes().toArray(ValueLayout.JAVA_BYTE);
            });
            int malformed = Utf8.malformedAt(text);
            if (malformed >= 0) {
                throw wrong(path, malformed, "", "not UTF-8 text");
            }
            try (JsonParser json = BoundedJson.parser(text)) {
                return new Parser(path, json).root();
            } catch (JacksonException e) {
                MalformedFileException wrong = wrong(path, e.getLocation() == null ? -1 : e.getLocation().getByteOffset(), "",
                        "not JSON as it should be: " + MalformedFileException.printable(e.getOriginalMessage()));
                wrong.initCause(e);
                throw wrong;
            }
        }
    }

    private static MalformedFileException wrong(Path path, long at, String entity, String reason) {
        return new MalformedFileException("SHARD_INDEX", path, at, entity, reason);
    }

    private static final class Parser {
        private final Path path;
        private final JsonParser json;
        private final Map<String, String> shardOf = new LinkedHashMap<>();
        private OptionalLong totalSize = OptionalLong.empty();
        private boolean mapSeen;

        Parser(Path path, JsonParser json) {
            this.path = path;
            this.json = json;
        }

        ShardIndex root() {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw wrong(path, at(), "", "must be an object");
            }
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                String field = json.currentName();
                JsonToken value = json.nextToken();
                if (field.equals("weight_map")) {
                    weightMap();
                } else if (field.equals("metadata") && value == JsonToken.START_OBJECT) {
                    metadata();
                } else {
                    json.skipChildren();
                }
            }
            if (json.nextToken() != null) {
                throw wrong(path, at(), "", "there is data after the end of the object");
            }
            if (!mapSeen) {
                throw wrong(path, -1, "weight_map", "is missing");
            }
            return new ShardIndex(shardOf, totalSize);
        }

        private void weightMap() {
            if (mapSeen || json.currentToken() != JsonToken.START_OBJECT) {
                throw wrong(path, at(), "weight_map", mapSeen ? "is there twice" : "must be an object");
            }
            mapSeen = true;
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                long at = at();
                String tensor = json.currentName();
                if (json.nextToken() != JsonToken.VALUE_STRING) {
                    throw wrong(path, at, tensor, "its shard must be a text");
                }
                if (shardOf.size() == Limits.TENSORS_OF_ALL_SHARDS) {
                    throw wrong(path, at, tensor, "more than " + Limits.TENSORS_OF_ALL_SHARDS + " tensors");
                }
                if (shardOf.putIfAbsent(tensor, plainName(at, tensor, json.getString())) != null) {
                    throw new MalformedFileException("SHARD_INDEX_DUPLICATE", path, at, tensor, "is mapped twice");
                }
            }
        }

        private String plainName(long at, String tensor, String shard) {
            if (shard.isEmpty() || shard.startsWith(".") || shard.chars().anyMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ')) {
                throw new MalformedFileException("SHARD_NAME", path, at, tensor,
                        "its shard must be a file beside the index, not " + MalformedFileException.printable(shard));
            }
            return shard;
        }

        private void metadata() {
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                String field = json.currentName();
                if (json.nextToken() == JsonToken.VALUE_NUMBER_INT && field.equals("total_size")
                        && json.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
                    totalSize = OptionalLong.of(json.getLongValue());
                } else {
                    json.skipChildren();
                }
            }
        }

        private long at() {
            return json.currentTokenLocation().getByteOffset();
        }
    }
}
