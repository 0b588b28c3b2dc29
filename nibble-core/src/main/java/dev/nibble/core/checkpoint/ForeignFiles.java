package dev.nibble.core.checkpoint;

import dev.nibble.core.checkpoint.io.MappedFile;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/** Recognizes files that are often mistaken for models, and formats that Nibble does not read. */
public final class ForeignFiles {
    private static final int LONGEST_START = 512;
    private static final int TAR_MAGIC = 257;

    /** Formats of llama.cpp and whisper.cpp before GGUF: ggml, ggmf, ggjt, and ggla of LoRA adapters. */
    private static final Set<String> OLD_MAGICS = Set.of("lmgg", "fmgg", "tjgg", "algg");

    private ForeignFiles() {}

    /** The first bytes, one character each. */
    public static String start(MappedFile file) {
        MemorySegment bytes = file.bytes().asSlice(0, Math.min(LONGEST_START, file.size()));
        return new String(bytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.ISO_8859_1);
    }

    /** @throws MalformedFileException for a Git LFS pointer, a web page or a compressed file */
    public static void refuse(MappedFile file) {
        String start = start(file);
        String lower = start.stripLeading().toLowerCase(Locale.ROOT);
        if (start.startsWith("version https://git-lfs")) {
            throw wrong(file, "this is a Git LFS pointer, not the file itself: fetch it with 'git lfs pull'");
        }
        if (lower.startsWith("<!doctype html") || lower.startsWith("<html") || lower.startsWith("<?xml")) {
            throw wrong(file, "this is a web page, not a model: the download went wrong");
        }
        boolean safetensors = start.length() > 8 && start.charAt(8) == '{'; // its length field may look like any magic number
        if (!safetensors && start.startsWith("\u001f\u008b")) {
            throw wrong(file, "this is compressed with gzip: unpack it first");
        }
        if (!safetensors && start.startsWith("(\u00b5/\u00fd")) {
            throw wrong(file, "this is compressed with zstd: unpack it first");
        }
        if (!safetensors && start.startsWith("7z\u00bc\u00af")) {
            throw wrong(file, "this is a 7z archive: unpack it first");
        }
    }

    /** @throws MalformedFileException for a GGML file of 2023 */
    public static void refuseOld(MappedFile file) {
        String start = start(file);
        if (start.length() > 8 && start.charAt(8) != '{' && OLD_MAGICS.contains(start.substring(0, 4))) {
            throw wrong(file, "this is a GGML file from before GGUF: convert the original model again");
        }
    }

    /** @throws UnsupportedException for the formats of Python objects that Nibble does not read */
    public static void refusePython(MappedFile file) {
        String start = start(file);
        String advice = ": load it in PyTorch and write it with safetensors.torch.save_file";
        if (start.startsWith("\u0080")) {
            throw new UnsupportedException(file.path() + " is a bare pickle, as PyTorch wrote before version 1.6" + advice);
        }
        if (start.length() > TAR_MAGIC + 5 && start.startsWith("ustar", TAR_MAGIC)) {
            throw new UnsupportedException(file.path() + " is a tar archive, as PyTorch wrote before version 0.1.10" + advice);
        }
        if (start.startsWith("\u0093NUMPY")) {
            throw new UnsupportedException(file.path() + " is a NumPy array, not a model; write its tensors to a safetensors file");
        }
    }

    private static MalformedFileException wrong(MappedFile file, String reason) {
        return new MalformedFileException("NOT_A_MODEL", file.path(), 0, "", reason);
    }
}
