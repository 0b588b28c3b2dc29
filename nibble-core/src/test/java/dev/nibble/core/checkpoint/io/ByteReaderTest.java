package dev.nibble.core.checkpoint.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.error.MalformedFileException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ByteReaderTest {
    private static ByteReader reader(FileBytes bytes) {
        return new ByteReader(Path.of("file"), "X", MemorySegment.ofArray(bytes.bytes()), 100);
    }

    @Test
    void numbersAreLittleEndianAndUnsignedWhereTheySaySo() {
        ByteReader reader = reader(new FileBytes().u8(0xFF).u16(0xFFFE).u32(0xFFFF_FFFDL).u32(-5).u64(-7));
        assertThat(reader.u8("")).isEqualTo(0xFF);
        assertThat(reader.u16("")).isEqualTo(0xFFFE);
        assertThat(reader.u32("")).isEqualTo(0xFFFF_FFFDL);
        assertThat(reader.i32("")).isEqualTo(-5);
        assertThat(reader.i64("")).isEqualTo(-7);
        assertThat(reader.remaining()).isZero();
    }

    @Test
    void lengthsOutsideTheFileAreRefusedWhereTheyAre() {
        for (long length : new long[]{5, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            ByteReader reader = reader(new FileBytes().zeros(6));
            reader.skip(2, "start");
            assertThatThrownBy(() -> reader.bytes(length, "thing")).isInstanceOf(MalformedFileException.class)
                    .hasMessageContaining("X_TRUNCATED")
                    .hasMessageContaining("offset 102").hasMessageContaining("thing");
            assertThatThrownBy(() -> reader.skip(length, "thing")).isInstanceOf(MalformedFileException.class);
            assertThatThrownBy(() -> reader.seek(length < 0 ? length : length + 2, "thing")).isInstanceOf(MalformedFileException.class);
            assertThat(reader.bytes(4, "thing")).hasSize(4);
        }
    }

    @Test
    void countsAreComparedUnsignedWithTheLimitAndWhatIsLeft() {
        for (long count : new long[]{-1, Long.MIN_VALUE, 4, 1L << 62}) {
            assertThatThrownBy(() -> reader(new FileBytes().u64(count).zeros(15)).count("things", "", 100, 4, "MANY", "END"))
                    .hasMessageContaining("X_END").hasMessageContaining(Long.toUnsignedString(count));
        }
        assertThatThrownBy(() -> reader(new FileBytes().u64(3).zeros(15)).count("things", "", 2, 4, "MANY", "END"))
                .hasMessageContaining("X_MANY");
        assertThat(reader(new FileBytes().u64(3).zeros(15)).count("things", "", 3, 4, "MANY", "END")).isEqualTo(3);
    }
}
