package dev.nibble.core.checkpoint.pytorch;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.ForeignFiles;
import dev.nibble.core.checkpoint.Limits;
import dev.nibble.core.checkpoint.OpenCheckpoint;
import dev.nibble.core.checkpoint.io.ByteReader;
import dev.nibble.core.checkpoint.io.Checksums;
import dev.nibble.core.checkpoint.io.MappedFile;
import dev.nibble.core.checkpoint.pytorch.ZipArchive.Entry;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.zip.CRC32;

/**
 * A checkpoint of {@code torch.save}: a zip archive of a pickle and one entry per storage. The pickle is read as data, never executed
 * ({@link PickleReader}).
 *
 * <pre>
 *   NAME/data.pkl     objects and their storages
 *   NAME/data/KEY     a storage: elements, not compressed
 *   NAME/byteorder    "little"
 *   NAME/version      "3"
 * </pre>
 */
public final class PyTorch {
    private static final String PICKLE = "/data.pkl";
    private static final int NEWEST_VERSION = 10;
    private static final int LONGEST_NOTE = 64;
    private static final String ADVICE = ": load it in PyTorch and write it with safetensors.torch.save_file";

    private final MappedFile file;
    private final Map<String, Entry> entries;

    private PyTorch(MappedFile file) {
        this.file = file;
        this.entries = ZipArchive.entries(file);
    }

    /**
     * Opens a {@code .bin}, {@code .pt} or {@code .pth} file.
     *
     * <p>
     * Nested dictionaries become names with dots: the tensor {@code w} of {@code {"model": {"w": …}}} is {@code model.w}; lists count from
     * 0. Everything except tensors is in {@link Checkpoint#metadata} under such names.
     */
    public static Checkpoint open(Path path) throws IOException {
        return openFile(path);
    }

    public static OpenCheckpoint openFile(Path path) throws IOException {
        MappedFile file = MappedFile.open(path);
        try {
            return Checkpoint.guarded(path, () -> {
                ForeignFiles.refuse(file);
                ForeignFiles.refusePython(file);
                return new PyTorch(file).read();
            });
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private OpenCheckpoint read() {
        String root = root();
        checkNotes(root);
        Entry pickle = entries.get(root + PICKLE);
        if (pickle.size() > Limits.PICKLE_BYTES) {
            throw wrong(pickle, "PICKLE_TOO_LARGE", pickle.size() + " bytes, the limit is " + Limits.PICKLE_BYTES);
        }
        MemorySegment bytes = stored(pickle);
        CRC32 crc = new CRC32();
        Checksums.update(crc, bytes);
        if (crc.getValue() != pickle.crc()) {
            throw wrong(pickle, "ZIP_CHECKSUM", "the bytes do not have the checksum that the archive gives: the file is damaged");
        }
        ByteReader reader = new ByteReader(file.path(), "PICKLE", bytes, pickle.offset());
        PickleValue value = new PickleReader(reader, new PickleTensors(key -> storageBytes(root, key))).read();
        PickleNames names = new PickleNames(file, pickle.size(), view -> storage(root, view.storage().key()).offset());
        names.add(value);
        return new OpenCheckpoint(file.path(), "pytorch", names.tensors(), List.of(file), Collections.unmodifiableMap(names.metadata()),
                List.of());
    }

    /** The folder in the archive that has the pickle. */
    private String root() {
        List<String> pickles = entries.keySet().stream().filter(name -> name.endsWith(PICKLE)).toList();
        if (pickles.size() != 1 || pickles.getFirst().indexOf('/') != pickles.getFirst().length() - PICKLE.length()) {
            throw new MalformedFileException("PYTORCH_NO_PICKLE", file.path(), -1, "",
                    "a zip archive with " + pickles.size() + " data.pkl, expected one in one folder: not written by torch.save");
        }
        String root = pickles.getFirst().substring(0, pickles.getFirst().length() - PICKLE.length());
        if (entries.containsKey(root + "/constants.pkl") || entries.keySet().stream().anyMatch(name -> name.startsWith(root + "/code/"))) {
            throw new UnsupportedException(file.path() + " is a TorchScript program, not only weights" + ADVICE);
        }
        return root;
    }

    private void checkNotes(String root) {
        String order = note(root + "/byteorder");
        if (!order.isEmpty() && !order.equals("little")) {
            throw new UnsupportedException(
                    file.path() + " has byte order " + MalformedFileException.printable(order) + ", Nibble reads little" + ADVICE);
        }
        String version = note(root + "/version");
        if (!version.isEmpty() && (!version.matches("\\d{1,4}") || Integer.parseInt(version) > NEWEST_VERSION)) {
            throw new UnsupportedException(file.path() + " has version " + MalformedFileException.printable(version)
                    + ", Nibble knows versions up to " + NEWEST_VERSION + ADVICE);
        }
    }

    private String note(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            return "";
        }
        MemorySegment bytes = stored(entry);
        byte[] shown = bytes.asSlice(0, Math.min(LONGEST_NOTE, bytes.byteSize())).toArray(ValueLayout.JAVA_BYTE);
        return new String(shown, StandardCharsets.ISO_8859_1).strip();
    }

    private OptionalLong storageBytes(String root, String key) {
        Entry entry = entries.get(root + "/data/" + key);
        return entry == null ? OptionalLong.empty() : OptionalLong.of(stored(entry).byteSize());
    }

    private Entry storage(String root, String key) {
        return entries.get(root + "/data/" + key);
    }

    private MemorySegment stored(Entry entry) {
        if (!entry.isStored()) {
            throw wrong(entry, "ZIP_COMPRESSED", "is compressed, torch.save never does that: unpack the archive and pack it with 'zip -0'");
        }
        return file.bytes().asSlice(entry.offset(), entry.size());
    }

    private MalformedFileException wrong(Entry entry, String code, String reason) {
        return new MalformedFileException(code, file.path(), entry.header(), entry.name(), reason);
    }
}
