package dev.nibble.core.checkpoint.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/** CRC32C of bytes that arrive in pieces or are computed in parallel; SHA-256 of files. */
public final class Checksums {
    private static final int POLYNOMIAL = 0x82F63B78; // of CRC32C, lowest power in the highest bit
    private static final int ONE = 1 << 31; // the polynomial 1 in that order
    private static final int[] POWERS = powers(); // x^(8·2^i) modulo the polynomial
    private static final long PIECE = 4 << 20;
    private static final int COPIED = 1 << 16;
    private static final int BUFFER = 1 << 20;

    private Checksums() {}

    /** CRC32C on the calling thread. */
    public static int crc32c(MemorySegment bytes) {
        CRC32C crc = new CRC32C();
        update(crc, bytes);
        return (int) crc.getValue();
    }

    /**
     * Adds bytes to a checksum. Those of a mapped file are copied first: if the file was truncated, a copy throws an {@link InternalError},
     * while the JVM's checksum intrinsics would end the process.
     */
    public static void update(Checksum checksum, MemorySegment bytes) {
        long piece = bytes.isMapped() ? COPIED : PIECE;
        byte[] copy = new byte[bytes.isMapped() ? (int) Math.min(piece, bytes.byteSize()) : 0];
        for (long from = 0; from < bytes.byteSize(); from += piece) {
            int count = (int) Math.min(piece, bytes.byteSize() - from);
            if (bytes.isMapped()) {
                MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, from, copy, 0, count);
                checksum.update(copy, 0, count);
            } else {
                checksum.update(bytes.asSlice(from, count).asByteBuffer());
            }
        }
    }

    /** The same checksum computed on all cores; {@code bytes} must be accessible to all threads. */
    public static int crc32cParallel(MemorySegment bytes) {
        long pieces = (bytes.byteSize() + PIECE - 1) / PIECE;
        int[] crcs = LongStream.range(0, pieces).parallel()
                .mapToInt(i -> crc32c(bytes.asSlice(i * PIECE, Math.min(PIECE, bytes.byteSize() - i * PIECE)))).toArray();
        int crc = 0;
        for (int i = 0; i < crcs.length; i++) {
            crc = combineCrc32c(crc, crcs[i], Math.min(PIECE, bytes.byteSize() - i * PIECE));
        }
        return crc;
    }

    /**
     * CRC32C of A followed by B. Appending n bytes multiplies the polynomial of A by x^(8n); the inversions at both ends of a CRC cancel.
     *
     * @param lengthOfB in bytes
     */
    public static int combineCrc32c(int crcOfA, int crcOfB, long lengthOfB) {
        int shift = ONE;
        for (int i = 0; lengthOfB >>> i != 0; i++) {
            if ((lengthOfB >>> i & 1) != 0) {
                shift = multiply(shift, POWERS[i]);
            }
        }
        return multiply(shift, crcOfA) ^ crcOfB;
    }

    private static int[] powers() {
        int[] powers = new int[Long.SIZE];
        powers[0] = ONE >>> 8;
        for (int i = 1; i < powers.length; i++) {
            powers[i] = multiply(powers[i - 1], powers[i - 1]);
        }
        return powers;
    }

    /** Product of two polynomials over GF(2), modulo that of CRC32C. */
    private static int multiply(int a, int b) {
        int product = 0;
        int shifted = b; // b·x^i
        for (int bit = ONE; bit != 0; bit >>>= 1) {
            if ((a & bit) != 0) {
                product ^= shifted;
            }
            shifted = (shifted & 1) != 0 ? shifted >>> 1 ^ POLYNOMIAL : shifted >>> 1;
        }
        return product;
    }

    /**
     * SHA-256 of a whole file in hexadecimal.
     *
     * @param progress called with the bytes read so far, once per MiB
     */
    public static String sha256(Path file, LongConsumer progress) throws IOException {
        MessageDigest digest = sha256();
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
        long done = 0;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            for (int read = channel.read(buffer); read >= 0; read = channel.read(buffer.clear())) {
                digest.update(buffer.flip());
                done += read;
                progress.accept(done);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
