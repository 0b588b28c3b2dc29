package dev.nibble.core.checkpoint.pytorch;

import dev.nibble.core.checkpoint.io.FileBytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/** Writes pickles operation by operation, and the zip archives around them. */
final class PickleBytes {
    final FileBytes code = new FileBytes().u8(0x80).u8(2);

    PickleBytes op(int... operations) {
        for (int operation : operations) {
            code.u8(operation);
        }
        return this;
    }

    PickleBytes text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        code.u8('X').u32(utf8.length).raw(utf8);
        return this;
    }

    PickleBytes number(long number) {
        code.u8(0x8a).u8(8).u64(number);
        return this;
    }

    PickleBytes global(String module, String name) {
        code.u8('c').ascii(module + "\n" + name + "\n");
        return this;
    }

    PickleBytes storage(String type, String key, long count) {
        return op('(').text("storage").global("torch", type).text(key).text("cpu").number(count).op('t', 'Q');
    }

    private PickleBytes numbers(long... numbers) {
        op('(');
        for (long number : numbers) {
            number(number);
        }
        return op('t');
    }

    /** A call of {@code _rebuild_tensor_v2}. */
    PickleBytes tensor(String type, String key, long count, long start, long[] shape, long[] strides) {
        global("torch._utils", "_rebuild_tensor_v2").op('(').storage(type, key, count).number(start).numbers(shape).numbers(strides)
                .op(0x89);
        return global("collections", "OrderedDict").op(')', 'R', 't', 'R');
    }

    byte[] bytes() {
        return code.bytes();
    }

    /** A zip archive with one fault at a time. */
    static final class Zip {
        final Map<String, byte[]> entries = new LinkedHashMap<>();
        int flags;
        int method;
        int crcChange;
        String localName = "";
        boolean overlap;
        String longer = ""; // the entry that claims a byte of the next one
        byte[] tail = {};
        int countChange;

        Zip put(String name, byte[] data) {
            entries.put(name, data);
            return this;
        }

        byte[] bytes() {
            FileBytes file = new FileBytes();
            FileBytes directory = new FileBytes();
            List<String> names = new ArrayList<>(entries.keySet());
            for (String name : names) {
                byte[] data = entries.get(name);
                CRC32 crc = new CRC32();
                crc.update(data);
                int header = file.size();
                int size = data.length + (name.equals(longer) ? 1 : 0);
                String local = localName.isEmpty() ? name : localName;
                file.u32(0x04034b50).u16(20).u16(flags).u16(method).u32(0).u32(crc.getValue() + crcChange).u32(size).u32(size)
                        .u16(local.length()).u16(0).ascii(local).raw(data);
                entry(directory, name, crc.getValue() + crcChange, size, header);
                if (overlap) {
                    entry(directory, name + "2", crc.getValue(), size, header);
                }
            }
            int count = names.size() * (overlap ? 2 : 1) + countChange;
            int start = file.size();
            return file.raw(directory.bytes()).u32(0x06054b50).u32(0).u16(count).u16(count).u32(directory.size()).u32(start).u16(0)
                    .raw(tail)
                    .bytes();
        }

        private void entry(FileBytes directory, String name, long crc, int size, int header) {
            directory.u32(0x02014b50).u16(20).u16(20).u16(flags).u16(method).u32(0).u32(crc).u32(size).u32(size).u16(name.length()).u16(0)
                    .u16(0).u16(0).u16(0).u32(0).u32(header).ascii(name);
        }
    }
}
