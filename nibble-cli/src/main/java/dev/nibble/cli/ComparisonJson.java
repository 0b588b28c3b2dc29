package dev.nibble.cli;

import dev.nibble.Compared;
import dev.nibble.Comparison;
import dev.nibble.Divergence;
import dev.nibble.EvaluatedModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A comparison as JSON. */
final class ComparisonJson {
    private ComparisonJson() {}

    static Map<String, Object> of(Comparison comparison) {
        Map<String, Object> base = model(comparison.base());
        base.putAll(PerplexityCommand.facts(comparison.base().protocol(), comparison.context(), comparison.basePerplexity()));
        List<Map<String, Object>> models = comparison.models().stream().map(compared -> compared(compared, comparison)).toList();
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("base", base);
        facts.put("models", models);
        return facts;
    }

    private static Map<String, Object> model(EvaluatedModel model) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("model", model.name());
        facts.put("bytes", model.bytes());
        facts.put("bits_per_weight", model.bitsPerWeight());
        return facts;
    }

    private static Map<String, Object> compared(Compared compared, Comparison comparison) {
        Divergence d = compared.divergence();
        Map<String, Object> facts = model(compared.model());
        facts.put("perplexity", d.model().perplexity());
        facts.put("standard_error", d.model().standardError());
        facts.put("perplexity_ratio", d.ratio());
        facts.put("perplexity_ratio_error", d.ratioError());
        facts.put("mean_kl", d.meanKl());
        facts.put("mean_kl_error", d.meanKlError());
        List<String> names = List.of("median_kl", "p90_kl", "p95_kl", "p99_kl", "p999_kl");
        for (int i = 0; i < names.size(); i++) {
            facts.put(names.get(i), d.klAt().get(i));
        }
        facts.put("max_kl", d.maxKl());
        facts.put("top1_agreement", d.topAgreement());
        facts.put("top1_agreement_error", d.topAgreementError());
        facts.put("mean_delta_p", d.meanDeltaP());
        facts.put("rms_delta_p", d.rmsDeltaP());
        facts.put("mean_cosine", d.meanCosine());
        if (!compared.layerErrors().isEmpty()) {
            facts.put("layer_tokens", comparison.layerTokens());
            facts.put("layer_errors", compared.layerErrors());
        }
        return facts;
    }
}
