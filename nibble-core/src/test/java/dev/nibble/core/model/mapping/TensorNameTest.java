package dev.nibble.core.model.mapping;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TensorNameTest {
    @Test
    void knowsTheBlock() {
        assertThat(new TensorName("blk.31.attn_q.weight").block()).hasValue(31);
        assertThat(new TensorName("output.weight").block()).isEmpty();
        assertThat(new TensorName("blk.x.attn_q.weight").block()).isEmpty();
        assertThat(new TensorName("x.blk.3.attn_q.weight").block()).isEmpty();
        assertThat(new TensorName(TensorName.blockPrefix(7) + "attn_q").block()).hasValue(7);
    }

    @Test
    void anExpertsLayerHasTheTensorOfAll() {
        TensorName expert = new TensorName(TensorName.expert("blk.3.ffn_up_exps", 12));
        assertThat(expert.text()).isEqualTo("blk.3.ffn_up_exps.12");
        assertThat(expert.expert()).hasValue(12);
        assertThat(expert.layer()).isEqualTo("blk.3.ffn_up_exps");
        assertThat(expert.tensor()).isEqualTo("blk.3.ffn_up_exps.weight");
        assertThat(expert.isOfExperts()).isTrue();
    }

    @Test
    void aNumberOfABlockIsNoExpert() {
        TensorName layer = new TensorName("blk.3.ffn_up");
        assertThat(layer.expert()).isEmpty();
        assertThat(layer.layer()).isEqualTo("blk.3.ffn_up");
        assertThat(layer.tensor()).isEqualTo("blk.3.ffn_up.weight");
        assertThat(layer.isOfExperts()).isFalse();
        assertThat(new TensorName("blk.3.ffn_up_exps.weight").expert()).isEmpty();
    }

    @Test
    void onlyTheLastWeightIsCutOff() {
        assertThat(TensorName.withoutWeight("blk.0.attn_q.weight")).isEqualTo("blk.0.attn_q");
        assertThat(TensorName.withoutWeight("model.weight.proj.weight")).isEqualTo("model.weight.proj");
        assertThat(TensorName.withoutWeight("blk.0.attn_q.bias")).isEqualTo("blk.0.attn_q.bias");
        assertThat(TensorName.isWeight("blk.0.weight_scale")).isFalse();
    }
}
