package dev.nibble.core.checkpoint.pytorch;

import dev.nibble.core.checkpoint.Limits;
import dev.nibble.core.checkpoint.io.ByteReader;
import dev.nibble.core.checkpoint.io.MappedFile;
import dev.nibble.core.checkpoint.io.Utf8;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The entries of a zip file written by PyTorch. The central directory is authoritative; the header before each entry must agree with it,
 * entries must not overlap, and nothing may be ambiguous: two readers must never see different contents.
 */
final class ZipArchive {
    private static final int END = 0x06054b50;
    private static final int END_64 = 0x06064b50;
    private static final int END_64_LOCATOR = 0x07064b50;
    private static final int CENTRAL = 0x02014b50;
    private static final int LOCAL = 0x04034b50;
    private static final int END_BYTES = 22;
    private static final int END_64_BYTES = 56;
    private static final int LOCATOR_BYTES = 20;
    private static final int CENTRAL_BYTES = 46;
    private static final int LOCAL_BYTES = 30;
    private static final int SIZES_FOLLOW = 0x8; // sizes follow the data and are zero in the header before it
    private static final int ALLOWED_FLAGS = 0x0800 | SIZES_FOLLOW; // names in UTF-8
    private static final long ELSEWHERE = 0xFFFF_FFFFL;
    private static final int EXTRA_64 = 1;

    /**
     * An entry of the archive.
     *
     * @param header offset of the header before it
     * @param offset of its bytes in the file
     */
    record Entry(String name, int method, long crc, long size, long header, long offset) {
        boolean isStored() {
            return method == 0;
        }
    }

    private final MappedFile file;
    private final ByteReader reader;

    private ZipArchive(MappedFile file) {
        this.file = file;
        this.reader = new ByteReader(file.path(), "ZIP", file.bytes());
    }

    /** The entries in the order of their bytes. */
    static Map<String, Entry> entries(MappedFile file) {
        return new ZipArchive(file).read();
    }

    private record Directory(long count, long start, long end) {}

    private Map<String, Entry> read() {
        Directory directory = directory();
        List<Entry> entries = new ArrayList<>();
        reader.seek(directory.start, "directory");
        for (long i = 0; i < directory.count; i++) {
            entries.add(central(directory));
        }
        if (reader.position() != directory.end) {
            throw reader.error("DIRECTORY", "", "the directory does not end where it says, at " + directory.end);
        }
        entries.sort(Comparator.comparingLong(Entry::header));
        Map<String, Entry> byName = LinkedHashMap.newLinkedHashMap(entries.size());
        long free = 0;
        for (Entry entry : entries) {
            if (entry.header < free) {
                throw reader.errorAt(entry.header, "OVERLAP", entry.name, "overlaps the entry before it");
            }
            Entry located = located(entry, directory.start);
            free = located.offset + located.size;
            if (byName.putIfAbsent(entry.name, located) != null) {
                throw reader.errorAt(entry.header, "DUPLICATE_ENTRY", entry.name, "is there twice");
            }
        }
        return byName;
    }

    private Directory directory() {
        long end = file.size() - END_BYTES;
        if (end < 0) {
            throw reader.errorAt(0, "TRUNCATED", "", "a zip archive takes at least 22 bytes, the file has " + file.size());
        }
        reader.seek(end, "end record");
        if (reader.i32("end record") != END) {
            throw reader.errorAt(end, "TRUNCATED", "", "no end record: the file is cut off, or has a comment, which PyTorch never writes");
        }
        int disks = reader.u16("disk") + reader.u16("disk");
        long countHere = reader.u16("count");
        long count = reader.u16("count");
        long size = reader.u32("directory size");
        long start = reader.u32("directory start");
        if (reader.u16("comment length") != 0 || disks != 0 || countHere != count) {
            throw reader.errorAt(end, "END_RECORD", "", "archives with comments or of several disks are not read");
        }
        long locator = end - LOCATOR_BYTES;
        if (locator >= 0) {
            reader.seek(locator, "locator");
            if (reader.i32("locator") == END_64_LOCATOR) {
                return directory64(locator, count, size, start);
            }
        }
        return checked(end, count, size, start);
    }

    /** Both end records must agree wherever the short one has a value. */
    private Directory directory64(long locator, long count, long size, long start) {
        long disk = reader.u32("disk");
        long record = reader.i64("end record");
        if (disk != 0 || reader.u32("disks") > 1 || record != locator - END_64_BYTES) {
            throw reader.errorAt(locator, "END_RECORD", "", "the Zip64 end record is not in front of its locator");
        }
        reader.seek(record, "Zip64 end record");
        boolean sound = reader.i32("signature") == END_64 && reader.i64("size") == END_64_BYTES - 12;
        reader.skip(4, "versions");
        sound &= reader.i64("disks") == 0;
        long countHere = reader.i64("count");
        long count64 = reader.i64("count");
        long size64 = reader.i64("directory size");
        long start64 = reader.i64("directory start");
        sound &= countHere == count64 && (count == 0xFFFF || count == count64) && (size == ELSEWHERE || size == size64)
                && (start == ELSEWHERE || start == start64);
        if (!sound) {
            throw reader.errorAt(record, "END_RECORD", "", "the Zip64 end record contradicts itself or the other one");
        }
        return checked(record, count64, size64, start64);
    }

    private Directory checked(long endRecord, long count, long size, long start) {
        if (start < 0 || size < 0 || start > endRecord || size != endRecord - start) {
            throw reader.errorAt(endRecord, "DIRECTORY", "", "the directory must lie right before its end record");
        }
        if (count < 0 || count > Limits.ZIP_ENTRIES || count > size / CENTRAL_BYTES) {
            throw reader.errorAt(endRecord, "TOO_MANY_ENTRIES", "",
                    Long.toUnsignedString(count) + " entries in a directory of " + size + " bytes");
        }
        return new Directory(count, start, endRecord);
    }

    private Entry central(Directory directory) {
        long at = reader.position();
        if (directory.end - at < CENTRAL_BYTES || reader.i32("directory") != CENTRAL) {
            throw reader.errorAt(at, "DIRECTORY", "", "expected an entry of the directory");
        }
        reader.skip(4, "versions");
        int flags = reader.u16("flags");
        int method = reader.u16("method");
        reader.skip(4, "time");
        long crc = reader.u32("checksum");
        long packed = reader.u32("packed size");
        long size = reader.u32("size");
        int nameBytes = reader.u16("name length");
        int extraBytes = reader.u16("extra length");
        int commentBytes = reader.u16("comment length");
        int disk = reader.u16("disk");
        reader.skip(6, "attributes");
        long header = reader.u32("offset");
        String name = name(at, nameBytes);
        if ((flags & ~ALLOWED_FLAGS) != 0 || commentBytes != 0 || disk != 0) {
            throw reader.errorAt(at, "ENTRY", name, "encrypted, patched or commented entries are not read (flags " + flags + ")");
        }
        byte[] extra = reader.bytes(extraBytes, "extra of " + name);
        Long64 large = new Long64(extra);
        size = size == ELSEWHERE ? large.next(at, name) : size;
        packed = packed == ELSEWHERE ? large.next(at, name) : packed;
        header = header == ELSEWHERE ? large.next(at, name) : header;
        if (header < 0 || size < 0 || packed < 0 || (method == 0 && packed != size)) {
            throw reader.errorAt(at, "ENTRY", name, "impossible sizes: " + packed + " packed, " + size + " unpacked, at " + header);
        }
        return new Entry(name, method, crc, packed, header, -1);
    }

    private String name(long at, int length) {
        byte[] bytes = reader.bytes(length, "entry name");
        if (length == 0 || Utf8.malformedAt(bytes) >= 0) {
            throw reader.errorAt(at, "ENTRY", "", "an entry without a name in UTF-8");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Compares the header before the data with the directory's entry, and locates the data. */
    private Entry located(Entry entry, long directoryStart) {
        long at = entry.header;
        if (at > directoryStart - LOCAL_BYTES) {
            throw reader.errorAt(at, "PAST_END", entry.name, "starts in or behind the directory at " + directoryStart);
        }
        reader.seek(at, "entry");
        int signature = reader.i32("signature");
        reader.skip(2, "version");
        int flags = reader.u16("flags");
        int method = reader.u16("method");
        reader.skip(4, "time");
        long crc = reader.u32("checksum");
        long packed = reader.u32("packed size");
        long size = reader.u32("size");
        int nameBytes = reader.u16("name length");
        int extraBytes = reader.u16("extra length");
        String name = name(at, nameBytes);
        boolean later = (flags & SIZES_FOLLOW) != 0;
        boolean agrees = signature == LOCAL && (flags & ~ALLOWED_FLAGS) == 0 && method == entry.method && name.equals(entry.name)
                && (crc == entry.crc || (later && crc == 0)) && agrees(packed, entry.size, later)
                && (method != 0 || agrees(size, entry.size, later));
        if (!agrees) {
            throw reader.errorAt(at, "LOCAL_HEADER", entry.name, "the header in front of the data contradicts the directory");
        }
        long offset = reader.position() + extraBytes;
        if (entry.size > directoryStart - offset) {
            throw reader.errorAt(at, "PAST_END", entry.name,
                    entry.size + " bytes at " + offset + " reach into the directory at " + directoryStart);
        }
        return new Entry(entry.name, method, entry.crc, entry.size, at, offset);
    }

    private static boolean agrees(long local, long central, boolean later) {
        return local == central || local == ELSEWHERE || (later && local == 0);
    }

    /** The 64-bit fields of an entry, in the order of the short fields they replace. */
    private final class Long64 {
        private final ByteReader numbers;

        Long64(byte[] extra) {
            ByteReader fields = new ByteReader(file.path(), "ZIP", MemorySegment.ofArray(extra), reader.position() - extra.length);
            MemorySegment found = MemorySegment.NULL;
            while (fields.remaining() >= 4) {
                int id = fields.u16("extra field");
                int length = fields.u16("extra field");
                if (length > fields.remaining()) {
                    break;
                }
                if (id == EXTRA_64) {
                    found = MemorySegment.ofArray(extra).asSlice(fields.position(), length);
                }
                fields.skip(length, "extra field");
            }
            numbers = new ByteReader(file.path(), "ZIP", found, reader.position() - extra.length);
        }

        long next(long at, String name) {
            if (numbers.remaining() < 8) {
                throw reader.errorAt(at, "ENTRY", name, "a size over 4 GiB without its Zip64 field");
            }
            return numbers.i64("Zip64 field");
        }
    }
}
