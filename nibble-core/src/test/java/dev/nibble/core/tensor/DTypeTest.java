package dev.nibble.core.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DTypeTest {
    @ParameterizedTest
    @EnumSource
    void isFoundByItsSafetensorsName(DType type) {
        type.safetensorsName().ifPresent(name -> assertThat(DType.ofSafetensors(name)).hasValue(type));
    }

    @Test
    void knowsEveryNameOfSafetensorsThatCheckpointsUse() {
        assertThat(
                Set.of("F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F4", "I64", "I32", "I16", "I8", "U64", "U32", "U16",
                        "U8", "BOOL"))
                .allSatisfy(name -> assertThat(DType.ofSafetensors(name)).as(name).isPresent());
        assertThat(DType.ofSafetensors("F8_UE4M3")).isEmpty();
        assertThat(DType.ofSafetensors("f32")).isEmpty();
    }

    /** Largest integers: 2^bits or 2^(bits − 1), minus one, as far as a double can represent them. */
    @ParameterizedTest
    @EnumSource
    void hasTheLargestNumberOfItsBits(DType type) {
        if (type.isInteger()) {
            assertThat(type.max()).isEqualTo(Math.scalb(1.0, type.isSigned() ? type.bits() - 1 : type.bits()) - 1);
        }
    }

    @Test
    void knowsWhatHasASign() {
        assertThat(DType.values()).filteredOn(type -> !type.isSigned()).containsExactlyInAnyOrder(DType.F8_E8M0, DType.F8_UE4M3, DType.U64,
                DType.U32, DType.U16, DType.U8, DType.U4, DType.BOOL);
    }
}
