package dev.nibble.core.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nibble.core.codec.Codecs;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.error.UnsupportedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

/** The rules of file types on hand-worked cases; {@link GoldenMixesTest} compares whole files. */
class TypePlannerTest {
    static final List<FileType> MIXES = FileTypes.ALL;

    @ParameterizedTest
    @CsvSource({"Q4_K_M, 0, Q6_K", "Q4_K_M, 4, Q4_K", "Q4_K_M, 6, Q6_K", "Q4_K_M, 28, Q6_K", "Q5_K_M, 5, Q5_K", "Q5_K_M, 9, Q6_K",
        "Q4_K_S, 3, Q5_K", "Q4_K_S, 4, Q4_K", "Q2_K, 16, Q3_K", "Q3_K_M, 1, Q5_K", "Q3_K_M, 2, Q4_K", "Q3_K_L, 9, Q5_K",
        "IQ4_XS, 0, IQ4_XS"})
    void valuesOfADenseModelOf32Layers(String fileType, int layer, String expected) {
        Map<String, Codec> plan = plan(TypeRequest.of(FileTypes.named(fileType)), dense(32, 1));
        assertThat(plan.get("blk." + layer + ".attn_v.weight").name()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"Q2_K, Q4_K", "IQ4_XS, Q5_K", "IQ3_S, Q4_K", "Q4_K_S, Q4_K", "Q6_K, Q6_K"})
    void smallValueMatricesAreKeptBetter(String fileType, String expected) {
        Map<String, Codec> plan = plan(TypeRequest.of(FileTypes.named(fileType)), dense(32, 8));
        assertThat(plan.get("blk.9.attn_v.weight").name()).isEqualTo(expected);
    }

    @Test
    void falconHasRulesOfItsOwn() {
        ModelFacts falcon = new ModelFacts("falcon", 32, 71, 0, false, false);
        Map<String, Codec> plan = plan(TypeRequest.of(FileTypes.named("Q4_K_M")), falcon);
        assertThat(plan.get("output.weight").name()).isEqualTo("Q8_0");
        assertThat(plan.get("blk.1.ffn_down.weight").name()).isEqualTo("Q6_K");
        assertThat(plan.get("blk.2.ffn_down.weight").name()).isEqualTo("Q5_K");
        assertThat(plan.get("blk.4.ffn_down.weight").name()).isEqualTo("Q4_K");
    }

    @Test
    void eightExpertsKeepKeysAndValues() {
        Map<String, Codec> plan = plan(TypeRequest.of(FileTypes.named("Q4_K_M")), new ModelFacts("llama", 32, 4, 8, false, false));
        assertThat(plan.get("blk.9.attn_v.weight").name()).isEqualTo("Q8_0");
        assertThat(plan.get("blk.9.attn_k.weight").name()).isEqualTo("Q8_0");
        assertThat(plan.get("blk.9.attn_output.weight").name()).isEqualTo("Q5_K");
    }

    @Test
    void modelsOf80LayersKeepValuesInFiveBits() {
        Map<String, Codec> plan = plan(TypeRequest.of(FileTypes.named("Q4_K_M")), dense(80, 8));
        assertThat(plan.get("blk.11.attn_v.weight").name()).isEqualTo("Q5_K");
    }

    @Test
    void tiedEmbeddingIsTheOutput() {
        List<TensorInfo> tensors = tensors(2).stream().filter(tensor -> !tensor.name().equals("output.weight")).toList();
        ModelFacts tied = new ModelFacts("llama", 2, 1, 0, true, false);
        List<PlannedTensor> plan = TypePlanner.plan(TypeRequest.of(FileTypes.named("Q4_K_M")), tied, tensors);
        assertThat(plan.getFirst().source().name()).isEqualTo("token_embd.weight");
        assertThat(plan.getFirst().target().name()).isEqualTo("Q6_K");
    }

    @Test
    void rowsThatDoNotFillBlocksGetSmallerBlocksOrF16() {
        List<TensorInfo> odd = List.of(matrix("blk.0.ffn_down.weight", 64, 96), matrix("blk.0.ffn_up.weight", 64, 100),
                matrix("output.weight", 64, 96));
        List<PlannedTensor> plan = TypePlanner.plan(TypeRequest.of(FileTypes.named("Q4_K_S")), dense(1, 1), odd);
        assertThat(plan).extracting(tensor -> tensor.target().name()).containsExactly("Q5_0", "F16", "Q8_0");
        assertThat(plan.getFirst().note()).contains("96").contains("Q5_0 instead of Q4_K");
    }

    @Test
    void overridesAndKeptTensorsGoBeforeTheMix() {
        TypeRequest request = new TypeRequest(FileTypes.named("Q4_K_M"), false,
                List.of(new TypeRequest.TensorChoice(Pattern.compile("ffn_(up|gate)"), Codecs.named("Q2_K"))),
                List.of(Pattern.compile("^blk\\.0\\.")), Optional.of(Codecs.named("Q8_0")), Optional.of(Plain.F16), false);
        Map<String, Codec> plan = plan(request, dense(4, 1));
        assertThat(plan.get("blk.0.ffn_up.weight")).isEqualTo(Plain.F32);
        assertThat(plan.get("blk.1.ffn_up.weight").name()).isEqualTo("Q2_K");
        assertThat(plan.get("output.weight").name()).isEqualTo("Q8_0");
        assertThat(plan.get("token_embd.weight")).isEqualTo(Plain.F16);
    }

    @Test
    void normsAreNeverTouched() {
        assertThat(plan(TypeRequest.pure(FileTypes.named("Q4_0")), dense(2, 1)).get("blk.0.attn_norm.weight")).isEqualTo(Plain.F32);
    }

    @Test
    void patternWithoutMatchIsRefused() {
        TypeRequest request = new TypeRequest(FileTypes.named("Q4_0"), false, List.of(), List.of(Pattern.compile("lm_head")),
                Optional.empty(),
                Optional.empty(), false);
        assertThatThrownBy(() -> plan(request, dense(2, 1))).isInstanceOf(UnsupportedException.class).hasMessageContaining("lm_head");
    }

    @ParameterizedTest
    @FieldSource("MIXES")
    void everyMixEitherPlansOrAsksForImportance(FileType fileType) {
        ModelFacts with = new ModelFacts("llama", 32, 4, 0, false, true);
        assertThat(plan(TypeRequest.of(fileType), with)).hasSize(tensors(32).size());
        assertThat(FileTypes.named(fileType.name().toLowerCase(java.util.Locale.ROOT))).isSameAs(fileType);
        if (fileType.name().matches("IQ1.*|IQ2.*|IQ3_XXS|IQ3_XS|Q2_K_S")) {
            assertThatThrownBy(() -> plan(TypeRequest.of(fileType), dense(32, 4))).hasMessageContaining("an importance matrix");
        } else {
            assertThat(plan(TypeRequest.of(fileType), dense(32, 4))).isNotEmpty();
        }
    }

    @Test
    void fileTypesAreDistinct() {
        assertThat(MIXES.stream().map(FileType::number).distinct().count()).isEqualTo(MIXES.size());
    }

    private static Map<String, Codec> plan(TypeRequest request, ModelFacts model) {
        return TypePlanner.plan(request, model, tensors(model.layers())).stream()
                .collect(Collectors.toMap(tensor -> tensor.source().name(), PlannedTensor::target));
    }

    private static ModelFacts dense(int layers, int groupSize) {
        return new ModelFacts("llama", layers, groupSize, 0, false, false);
    }

    private static List<TensorInfo> tensors(int layers) {
        List<TensorInfo> tensors = new ArrayList<>(List.of(matrix("output.weight", 512, 256), matrix("token_embd.weight", 512, 256)));
        for (int layer = 0; layer < layers; layer++) {
            for (String part : List.of("attn_k", "attn_output", "attn_q", "attn_v", "ffn_down", "ffn_gate", "ffn_up")) {
                tensors.add(matrix("blk." + layer + "." + part + ".weight", 256, 256));
            }
            tensors.add(new TensorInfo("blk." + layer + ".attn_norm.weight", Plain.F32, Shape.of(256)));
        }
        return tensors;
    }

    private static TensorInfo matrix(String name, long rows, long columns) {
        return new TensorInfo(name, Plain.F32, Shape.of(rows, columns));
    }
}
