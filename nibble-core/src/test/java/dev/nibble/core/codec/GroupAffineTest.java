package dev.nibble.core.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.codec.GroupAffine.Zero;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class GroupAffineTest {
    @Test
    void laysOutScaleThenZeroThenCodesInHalves() {
        GroupAffine codec = GroupAffine.of(4, 48, Zero.INTEGER);
        GroupAffineBlock block = codec.grid(0.5f, 3);
        for (int i = 0; i < 48; i++) {
            block.code(i, i % 16);
        }
        byte[] bytes = new byte[codec.blockBytes()];
        block.write(MemorySegment.ofArray(bytes), 0);
        assertThat(bytes).hasSize(2 + 1 + 24);
        assertThat(bytes).startsWith(0x00, 0x38, 3, 0x00, 0x11, 0x22); // code 0 beside code 16, which is 0 again
        assertThat(bytes[3 + 16]).isEqualTo((byte) 0x10); // from code 32 on, pairs share a byte
        float[] numbers = new float[48];
        codec.decode(MemorySegment.ofArray(bytes), 0, numbers, 0, 48);
        assertThat(numbers[5]).isEqualTo((5 - 3) * 0.5f);
        assertThat(numbers[33]).isEqualTo((1 - 3) * 0.5f);
    }

    @Test
    void streamsCodesOfThreeBits() {
        GroupAffine codec = GroupAffine.of(3, 8, Zero.NONE);
        GroupAffineBlock block = codec.grid(1, 0);
        for (int i = 0; i < 8; i++) {
            block.code(i, i);
        }
        byte[] bytes = new byte[codec.blockBytes()];
        block.write(MemorySegment.ofArray(bytes), 0);
        assertThat(bytes).containsExactly(0x00, 0x3C, 0b10_001_000, 0b1_100_011_0, 0b111_110_10);
        assertThat(codec.open(MemorySegment.ofArray(bytes), 0).code(6)).isEqualTo(6);
    }

    @Test
    void isKnownByItsName() {
        for (String name : List.of("INT4-G128", "UINT4-G128-Z", "UINT4-G64-ZF", "INT8-G32-BF16", "UINT2-G16-Z-F32", "INT3-G1")) {
            assertThat(GroupAffine.named(name)).as(name).hasValueSatisfying(codec -> assertThat(codec.name()).isEqualTo(name));
        }
        assertThat(GroupAffine.named("INT4-G128")).hasValue(GroupAffine.of(4, 128, Zero.NONE));
        for (String name : List.of("Q4_0", "INT4", "INT9-G128", "INT4-G0", "INT4-G128-Z", "UINT4-G128", "INT4-G99999999",
                "INT4-G128-F16")) {
            assertThat(GroupAffine.named(name)).as(name).isEmpty();
        }
    }

    /** The values of GPTQ's find_params: 2 × 7.5 / 15 = 1 and middle 8; (12 + 3) / 15 = 1 and zero 3. */
    @Test
    void fitsTheGridOfGptq() {
        float[] numbers = {-7.5f, 2.2f, 7.5f, 0};
        GroupAffineBlock symmetric = (GroupAffineBlock) GroupAffine.of(4, 4, Zero.NONE).fit(numbers, 0, Importance.EQUAL);
        assertThat(symmetric.scale()).isEqualTo(1);
        assertThat(List.of(symmetric.code(0), symmetric.code(1), symmetric.code(2), symmetric.code(3))).containsExactly(0, 10, 15, 8);
        float[] shifted = {-3, 12, 0, 2.5f};
        GroupAffineBlock asymmetric = (GroupAffineBlock) GroupAffine.of(4, 4, Zero.INTEGER).fit(shifted, 0, Importance.EQUAL);
        assertThat(asymmetric.zeroPoint()).isEqualTo(3);
        assertThat(List.of(asymmetric.code(0), asymmetric.code(1), asymmetric.code(2), asymmetric.code(3))).containsExactly(0, 15, 3, 5);
    }

    @Test
    void refusesWhatItCannotBe() {
        assertThatThrownBy(() -> GroupAffine.of(9, 32, Zero.NONE)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> GroupAffine.of(4, 0, Zero.NONE)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> GroupAffine.of(2, 4, Zero.NONE).grid(1, 0).code(0, 4)).hasMessageContaining("code 4");
    }
}
