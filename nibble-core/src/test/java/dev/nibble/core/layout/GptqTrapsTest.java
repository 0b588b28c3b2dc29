package dev.nibble.core.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.codec.GroupAffine;
import dev.nibble.core.codec.GroupAffine.Zero;
import dev.nibble.core.codec.GroupCodec;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Transform;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.MalformedFileException;
import dev.nibble.error.UnsupportedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Faults of GPTQ files in the wild. Eight outputs, sixteen inputs in two groups, 4 bits. */
class GptqTrapsTest {
    private static final String MODULE = "layer";

    /** GPTQModel writes format 1 by subtracting word by word: the zero point 0 borrows from its neighbour, which adding word by word undoes. */
    @Test
    void undoesTheBorrowOfAZeroPointOfZero() {
        int zeros = 0x70F32108; // output 0 has 8, 1 has 0, 2 has 1 …
        PartsInMemory parts = parts(zeros - 0x11111111, 0x55555555);
        StoredWeight stored = GptqLayout.V1.find(new ComponentTensors(parts, MODULE), config("'sym':false,'group_size':8"));
        assertThat(stored.warnings()).singleElement().asString().contains("zero points of 0");
        Weight weight = stored.read(Arena.ofAuto());
        for (int output = 0; output < 8; output++) {
            assertThat(zeroPoint(weight, output, 0)).as("output %d", output).isEqualTo(zeros >>> (4 * output) & 15);
            assertThat(zeroPoint(weight, output, 1)).isEqualTo(6);
        }
        assertThatThrownBy(() -> GptqLayout.V1.write(weight, MODULE, config("'group_size':8"), declared(weight)))
                .isInstanceOf(UnsupportedException.class).hasMessageContaining("zero point of 0").hasMessageContaining("write gptq-v2");
    }

    @Test
    void believesTheZeroPointsOfASymmetricModelMoreThanItsLabel() {
        PartsInMemory second = parts(0x88888888, 0x88888888);
        StoredWeight mislabelled = GptqLayout.V1.find(new ComponentTensors(second, MODULE), config("'sym':true,'group_size':8"));
        assertThat(mislabelled.codec()).isEqualTo(GroupAffine.of(4, 8, Zero.NONE));
        assertThat(mislabelled.warnings()).singleElement().asString().contains("format 2");
        StoredWeight right = GptqLayout.V2.find(new ComponentTensors(second, MODULE),
                config("'checkpoint_format':'gptq_v2','group_size':8"));
        assertThat(right.codec()).isEqualTo(mislabelled.codec());
        assertThat(right.warnings()).isEmpty();
        PartsInMemory first = parts(0x77777777, 0x77777777);
        StoredWeight other = GptqLayout.V2.find(new ComponentTensors(first, MODULE),
                config("'checkpoint_format':'gptq_v2','group_size':8"));
        assertThat(other.codec()).isEqualTo(mislabelled.codec());
        assertThat(other.warnings()).hasSize(1);
    }

    /** An asymmetric model may have all zero points at 7. */
    @Test
    void believesTheLabelOfOthers() {
        StoredWeight stored = GptqLayout.V2.find(new ComponentTensors(parts(0x77777777, 0x77777777), MODULE),
                config("'checkpoint_format':'gptq_v2','sym':false,'group_size':8"));
        assertThat(zeroPoint(stored.read(Arena.ofAuto()), 3, 1)).isEqualTo(7);
    }

    @Test
    void bringsScatteredGroupsTogether() {
        PartsInMemory parts = parts(0x66666666, 0x77777777);
        float[] groups = new float[16];
        for (int i = 0; i < 16; i++) {
            groups[i] = i % 2;
        }
        parts.put(MODULE + ".g_idx", Plain.I32, Shape.of(16), groups);
        Weight weight = GptqLayout.V1.find(new ComponentTensors(parts, MODULE), config("'sym':false,'desc_act':true,'group_size':8"))
                .read(Arena.ofAuto());
        assertThat(weight.inputTransforms()).singleElement().isInstanceOfSatisfying(Transform.Permutation.class,
                permutation -> assertThat(permutation.order()).startsWith(0, 2, 4).endsWith(13, 15));
        float[] row = new float[16];
        weight.read(2, row, 0);
        for (int i = 0; i < 16; i++) { // code i, less the zero point of its group, times 1 or 2
            assertThat(row[i]).isEqualTo(i % 2 == 0 ? i - 7 : 2 * (i - 8));
        }
        groups[5] = 2;
        parts.put(MODULE + ".g_idx", Plain.I32, Shape.of(16), groups);
        assertThatThrownBy(() -> GptqLayout.V1.find(new ComponentTensors(parts, MODULE), config("'group_size':8")))
                .isInstanceOf(MalformedFileException.class).hasMessageContaining("layer.g_idx")
                .hasMessageContaining("input 5 is in group 2, and there are 2");
    }

    @Test
    void refusesGroupsThatDoNotFit() {
        assertThatThrownBy(() -> GptqLayout.V1.find(new ComponentTensors(parts(0, 0), MODULE), config("'group_size':4")))
                .hasMessageContaining("has 2 groups for 16 inputs in groups of 4");
        assertThatThrownBy(() -> GptqLayout.V1.find(new ComponentTensors(parts(0, 0), MODULE), config("'checkpoint_format':'marlin'")))
                .isInstanceOf(UnsupportedException.class).hasMessageContaining("marlin");
    }

    /** Codes 0 to 15 down every column; scales 1 and 2. */
    private static PartsInMemory parts(int firstZeros, int secondZeros) {
        MemorySegment codes = Arena.ofAuto().allocate(64);
        for (int output = 0; output < 8; output++) {
            codes.set(ValueLayout.JAVA_INT_UNALIGNED, 4 * output, 0x76543210);
            codes.set(ValueLayout.JAVA_INT_UNALIGNED, 32 + 4 * output, 0xFEDCBA98);
        }
        MemorySegment zeros = Arena.ofAuto().allocate(8);
        zeros.set(ValueLayout.JAVA_INT_UNALIGNED, 0, firstZeros);
        zeros.set(ValueLayout.JAVA_INT_UNALIGNED, 4, secondZeros);
        return new PartsInMemory().put(MODULE + ".qweight", new Tensor(Plain.I32, Shape.of(2, 8), codes))
                .put(MODULE + ".qzeros", new Tensor(Plain.I32, Shape.of(2, 1), zeros))
                .put(MODULE + ".scales", Plain.F16, Shape.of(2, 8), 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2);
    }

    private static PartsInMemory declared(Weight weight) {
        return PartsInMemory.declared(GptqLayout.V1.parts(new TensorInfo(MODULE, weight.values().codec(), weight.values().shape()),
                config("'group_size':8")));
    }

    private static float zeroPoint(Weight weight, int output, int group) {
        GroupCodec codec = (GroupCodec) weight.values().codec();
        return codec.zeroPoint(weight.values().data(), output * weight.values().rowBytes() + (long) group * codec.blockBytes());
    }

    private static QuantizationConfig config(String rest) {
        return QuantizationConfig.parse(Path.of("config.json"), ("{'quant_method':'gptq'," + rest + "}").replace('\'', '"'));
    }
}
