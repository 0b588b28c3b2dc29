package dev.nibble.core.checkpoint.safetensors;

import dev.nibble.core.checkpoint.Limits;
import dev.nibble.core.checkpoint.io.MappedFile;
import dev.nibble.core.checkpoint.io.Utf8;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Parses the JSON header of a safetensors file. Checks single entries; {@link Safetensors} checks that they fill the data. */
final class SafetensorsHeader {
    static final String METADATA = "__metadata__";
    static final int LENGTH_BYTES = 8;

    /**
     * An entry.
     *
     * @param at    offset of its name in the file
     * @param begin offset of its bytes in the data
     */
    record Entry(long at, TensorInfo info, long begin, long end) {}

    private final MappedFile file;
    private final byte[] header;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Map<String, Object> metadata = new LinkedHashMap<>();
    private final Map<String, Long> otherFields = new LinkedHashMap<>();
    private JsonParser json;

    private SafetensorsHeader(MappedFile file, byte[] header) {
        this.file = file;
        this.header = header;
    }

    static SafetensorsHeader parse(MappedFile file, byte[] header) {
        SafetensorsHeader parsed = new SafetensorsHeader(file, header);
        parsed.checkEnds();
        try (JsonParser json = BoundedJson.parser(header)) {
            parsed.json = json;
            parsed.root();
        } catch (JacksonException e) {
            throw parsed.notJson(e);
        }
        return parsed;
    }

    Map<String, Entry> entries() {
        return entries;
    }

    Map<String, Object> metadata() {
        return metadata;
    }

    List<String> warnings() {
        return otherFields.keySet().stream().map(field -> "field \"" + MalformedFileException.printable(field) + "\" of tensors is ignored")
                .toList();
    }

    /** Checks for UTF-8 from { to }, followed by spaces only. */
    private void checkEnds() {
        int malformed = Utf8.malformedAt(header);
        if (malformed >= 0) {
            throw wrong(LENGTH_BYTES + malformed, "NOT_UTF8", "", "the header is not UTF-8 text");
        }
        if (header.length >= 3 && header[0] == (byte) 0xEF && header[1] == (byte) 0xBB && header[2] == (byte) 0xBF) {
            throw wrong(LENGTH_BYTES, "NOT_UTF8", "", "the header starts with a byte order mark, expected {");
        }
        if (header[0] != '{') {
            throw wrong(LENGTH_BYTES, "HEADER_START", "", "the header must start with {");
        }
        int end = header.length;
        while (header[end - 1] == ' ') {
            end--;
        }
        if (header[end - 1] != '}') {
            throw wrong(LENGTH_BYTES + end - 1, "HEADER_END", "", "the header must end with } and spaces");
        }
    }

    private void root() {
        json.nextToken();
        boolean metadataSeen = false;
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            long at = at();
            String name = json.currentName();
            json.nextToken();
            if (name.equals(METADATA)) {
                if (metadataSeen) {
                    throw wrong(at, "DUPLICATE_FIELD", METADATA, "is there twice");
                }
                metadataSeen = true;
                metadataObject();
                continue;
            }
            checkName(at, name);
            if (entries.size() == Limits.TENSORS) {
                throw wrong(at, "TOO_MANY_TENSORS", name, "more than " + Limits.TENSORS + " tensors");
            }
            Entry earlier = entries.get(name);
            if (earlier != null) {
                throw wrong(at, "DUPLICATE_TENSOR", name, "was declared at offset " + earlier.at + " already");
            }
            entries.put(name, tensor(at, name));
        }
        if (json.nextToken() != null) {
            throw wrong(at(), "HEADER_END", "", "there is data after the end of the header");
        }
    }

    private void checkName(long at, String name) {
        if (name.isEmpty() || name.indexOf(0) >= 0) {
            throw wrong(at, "NAME", name, "a tensor's name must not be empty or contain NUL");
        }
        if (Utf8.hasUnpairedSurrogate(name)) {
            throw wrong(at, "NAME", name, "a name with an unpaired surrogate");
        }
        if (Utf8.encode(name).length > Limits.NAME_BYTES) {
            throw wrong(at, "NAME", name, "a name of more than " + Limits.NAME_BYTES + " bytes");
        }
    }

    private void metadataObject() {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            throw wrong(at(), "METADATA", METADATA, "must be an object of texts");
        }
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            long at = at();
            String key = json.currentName();
            if (json.nextToken() != JsonToken.VALUE_STRING) {
                throw wrong(at, "METADATA", METADATA + "/" + key, "must be a text");
            }
            String value = json.getString();
            if (Utf8.hasUnpairedSurrogate(key) || Utf8.hasUnpairedSurrogate(value)) {
                throw wrong(at, "METADATA", METADATA + "/" + key, "text with an unpaired surrogate");
            }
            if (metadata.putIfAbsent(key, value) != null) {
                throw wrong(at, "DUPLICATE_FIELD", METADATA + "/" + key, "is there twice");
            }
        }
    }

    private Entry tensor(long at, String name) {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            throw wrong(at, "TENSOR", name, "must be an object with dtype, shape and data_offsets");
        }
        String dtype = null;
        List<Long> shape = null;
        List<Long> offsets = null;
        Set<String> seen = new HashSet<>();
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            long fieldAt = at();
            String field = json.currentName();
            if (!seen.add(field)) {
                throw wrong(fieldAt, "DUPLICATE_FIELD", name, field + " is there twice");
            }
            json.nextToken();
            switch (field) {
                case "dtype" -> dtype = text(name, field);
                case "shape" -> shape = numbers(name, field, Limits.RANK, "RANK_TOO_HIGH");
                case "data_offsets" -> offsets = numbers(name, field, 2, "DATA_OFFSETS");
                default -> {
                    otherFields.putIfAbsent(field, fieldAt);
                    json.skipChildren();
                }
            }
        }
        return checked(at, name, required(dtype, at, name, "dtype"), required(shape, at, name, "shape"),
                required(offsets, at, name, "data_offsets"));
    }

    private <T> T required(T value, long at, String name, String field) {
        if (value == null) {
            throw wrong(at, "MISSING_FIELD", name, "has no " + field);
        }
        return value;
    }

    private String text(String name, String field) {
        if (json.currentToken() != JsonToken.VALUE_STRING) {
            throw wrong(at(), "TENSOR", name, field + " must be a text");
        }
        return json.getString();
    }

    private List<Long> numbers(String name, String field, int max, String tooMany) {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw wrong(at(), "TENSOR", name, field + " must be an array");
        }
        List<Long> numbers = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (json.currentToken() != JsonToken.VALUE_NUMBER_INT || json.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                    || json.getLongValue() < 0) {
                throw wrong(at(), "TENSOR", name, "/" + field + "/" + numbers.size() + " must be a whole number from 0 to 2^63");
            }
            if (numbers.size() == max) {
                throw wrong(at(), tooMany, name, field + " has more than " + max + " numbers");
            }
            numbers.add(json.getLongValue());
        }
        return numbers;
    }

    private Entry checked(long at, String name, String dtype, List<Long> dimensions, List<Long> offsets) {
        if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
            throw wrong(at, "DATA_OFFSETS", name, "data_offsets must be [begin, end], found " + offsets);
        }
        Shape shape;
        long bytes;
        Codec codec = codec(at, name, dtype, dimensions);
        try {
            shape = new Shape(dimensions);
            bytes = codec.bytes(shape.count());
        } catch (ArithmeticException e) {
            MalformedFileException overflow = wrong(at, "SHAPE_OVERFLOW", name,
                    dimensions + " of " + dtype + " takes more than 2^63 bytes");
            overflow.initCause(e);
            throw overflow;
        }
        if (bytes != offsets.get(1) - offsets.get(0)) {
            throw wrong(at, "SIZE_MISMATCH", name,
                    shape + " of " + dtype + " takes " + bytes + " bytes, data_offsets give " + (offsets.get(1) - offsets.get(0)));
        }
        return new Entry(at, new TensorInfo(name, codec, shape), offsets.get(0), offsets.get(1));
    }

    private Codec codec(long at, String name, String dtype, List<Long> dimensions) {
        if (!SafetensorsTypes.ALL.contains(dtype)) {
            throw wrong(at, "DTYPE_UNKNOWN", name,
                    "dtype " + MalformedFileException.printable(dtype) + ", known are " + String.join(" ", SafetensorsTypes.ALL));
        }
        int bits = SafetensorsTypes.subByteBits(dtype);
        if (bits > 0 && dimensions.stream().reduce(1L, (a, b) -> a * b) * bits % 8 != 0) { // may overflow, but the lowest bits are exact
            throw wrong(at, "SUBBYTE_ODD", name, dimensions + " of " + dtype + " does not fill whole bytes");
        }
        return SafetensorsTypes.codec(dtype).orElseThrow(() -> new UnsupportedException(file.path() + ": tensor \""
                + MalformedFileException.printable(name) + "\" has dtype " + dtype
                + ", which Nibble does not read [SAFETENSORS_DTYPE_UNSUPPORTED]"));
    }

    /** Offset in the file of the current token. */
    private long at() {
        return LENGTH_BYTES + json.currentTokenLocation().getByteOffset();
    }

    private MalformedFileException notJson(JacksonException e) {
        long at = e.getLocation() == null ? -1 : e.getLocation().getByteOffset();
        MalformedFileException wrong = wrong(at < 0 ? LENGTH_BYTES : LENGTH_BYTES + at, "HEADER_JSON", "",
                "the header is not JSON as it should be: " + MalformedFileException.printable(e.getOriginalMessage()));
        wrong.initCause(e);
        return wrong;
    }

    private MalformedFileException wrong(long at, String code, String entity, String reason) {
        return new MalformedFileException("SAFETENSORS_" + code, file.path(), at, entity, reason);
    }
}
