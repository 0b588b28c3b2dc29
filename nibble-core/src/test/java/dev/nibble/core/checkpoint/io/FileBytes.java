package dev.nibble.core.checkpoint.io;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Builds valid and invalid files by hand: little-endian numbers, strings with lengths, raw bytes. */
public final class FileBytes {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    public FileBytes raw(byte... more) {
        bytes.writeBytes(more);
        return this;
    }

    public FileBytes ascii(String text) {
        return raw(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    public FileBytes u8(int number) {
        bytes.write(number);
        return this;
    }

    public FileBytes u16(int number) {
        return u8(number).u8(number >> 8);
    }

    public FileBytes u32(long number) {
        return u16((int) number).u16((int) (number >> 16));
    }

    public FileBytes u64(long number) {
        return u32(number).u32(number >> 32);
    }

    /** A GGUF text: length and bytes. */
    public FileBytes text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return u64(utf8.length).raw(utf8);
    }

    public FileBytes zeros(long count) {
        return raw(new byte[(int) count]);
    }

    /** Zeros up to a multiple of {@code alignment}. */
    public FileBytes pad(int alignment) {
        return zeros((alignment - size() % alignment) % alignment);
    }

    public int size() {
        return bytes.size();
    }

    public byte[] bytes() {
        return bytes.toByteArray();
    }

    public Path write(Path path) throws IOException {
        return Files.write(path, bytes());
    }
}
