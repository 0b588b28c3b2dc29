package dev.nibble.core.checkpoint.safetensors;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.FileTensor;
import dev.nibble.core.checkpoint.ForeignFiles;
import dev.nibble.core.checkpoint.Limits;
import dev.nibble.core.checkpoint.OpenCheckpoint;
import dev.nibble.core.checkpoint.io.ByteReader;
import dev.nibble.core.checkpoint.io.MappedFile;
import dev.nibble.core.checkpoint.safetensors.SafetensorsHeader.Entry;
import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One safetensors file.
 *
 * <pre>
 *   u64 N
 *   N bytes JSON  {"__metadata__": {"key": "text"}, "name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}}
 *   data          offsets count from here; tensors fill it without gaps or overlaps
 * </pre>
 */
public final class Safetensors {
    private Safetensors() {}

    public static Checkpoint open(Path path) throws IOException {
        return openFile(path);
    }

    public static OpenCheckpoint openFile(Path path) throws IOException {
        MappedFile file = MappedFile.open(path);
        try {
            return Checkpoint.guarded(path, () -> read(file));
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static OpenCheckpoint read(MappedFile file) {
        ForeignFiles.refuse(file);
        SafetensorsHeader header = SafetensorsHeader.parse(file, headerBytes(file));
        long dataStart = dataStart(file);
        checkCovered(file, header.entries().values().stream().sorted(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end))
                .toList(), dataStart);
        Map<String, FileTensor> tensors = LinkedHashMap.newLinkedHashMap(header.entries().size());
        header.entries()
                .forEach((name, entry) -> tensors.put(name, new FileTensor.Mapped(entry.info(), file, dataStart + entry.begin())));
        return new OpenCheckpoint(file.path(), "safetensors", tensors, List.of(file), Collections.unmodifiableMap(header.metadata()),
                header.warnings());
    }

    private static byte[] headerBytes(MappedFile file) {
        if (file.size() < SafetensorsHeader.LENGTH_BYTES) {
            throw wrong(file, 0, "HEADER_TOO_SHORT", "", "the file has " + file.size() + " bytes, the length of the header alone takes 8");
        }
        ByteReader reader = new ByteReader(file.path(), "SAFETENSORS", file.bytes());
        long length = reader.i64("length of header");
        if (length == 0) {
            throw wrong(file, 0, "HEADER_EMPTY", "", "the header has no bytes");
        }
        if (length < 0 || length > Limits.SAFETENSORS_HEADER) {
            boolean swapped = Long.compareUnsigned(Long.reverseBytes(length), reader.remaining()) <= 0;
            throw wrong(file, 0, "HEADER_TOO_LARGE", "", "the header says " + Long.toUnsignedString(length) + " bytes, the limit is "
                    + Limits.SAFETENSORS_HEADER + (swapped ? "; is this a big-endian file?" : ""));
        }
        if (length > reader.remaining()) {
            throw wrong(file, 0, "HEADER_PAST_END", "",
                    "the header says " + length + " bytes, the file has " + reader.remaining() + " left");
        }
        return reader.bytes(length, "header");
    }

    private static long dataStart(MappedFile file) {
        return SafetensorsHeader.LENGTH_BYTES + new ByteReader(file.path(), "SAFETENSORS", file.bytes()).i64("length of header");
    }

    /** Every byte of the data must belong to exactly one tensor, so that a file cannot hide another one. */
    private static void checkCovered(MappedFile file, List<Entry> sorted, long dataStart) {
        long dataBytes = file.size() - dataStart;
        long covered = 0;
        String last = "";
        for (Entry entry : sorted) {
            String name = entry.info().name();
            if (entry.end() > dataBytes) {
                throw wrong(file, entry.at(), "PAST_END", name, "its data ends at " + entry.end() + ", the file has " + dataBytes
                        + " bytes of data: " + (entry.end() - dataBytes) + " are missing");
            }
            if (entry.begin() < covered) {
                throw wrong(file, entry.at(), "OVERLAP", name,
                        "its data overlaps that of \"" + MalformedFileException.printable(last) + "\", which ends at " + covered);
            }
            if (entry.begin() > covered) {
                throw wrong(file, entry.at(), "HOLE", name,
                        "bytes " + covered + " to " + entry.begin() + " of the data belong to no tensor");
            }
            covered = entry.end();
            last = name;
        }
        if (covered < dataBytes) {
            throw wrong(file, dataStart + covered, "TRAILING_BYTES", "", (dataBytes - covered) + " bytes after the last tensor");
        }
    }

    private static MalformedFileException wrong(MappedFile file, long at, String code, String entity, String reason) {
        return new MalformedFileException("SAFETENSORS_" + code, file.path(), at, entity, reason);
    }
}
