package dev.nibble.text.sampling;

/**
 * Lowers the logits of recent tokens: l / repeat for l &gt; 0 and l · repeat otherwise (CTRL, Keskar et al. 2019,
 * section 4.1), then l − count · frequency − presence.
 *
 * @param repeat    above 0; 1 = off
 * @param lastN     number of last tokens considered, of prompt and answer; 0 = off, −1 = all
 * @param frequency per occurrence; 0 = off
 * @param presence  once per token that occurs; 0 = off
 */
public record Penalties(float repeat, int lastN, float frequency, float presence) implements SamplerStep {
    public Penalties {
        Ranges.above("repeat penalty", repeat, 0);
        Ranges.atLeast("repeat last n", lastN, -1);
        Ranges.finite("frequency penalty", frequency);
        Ranges.finite("presence penalty", presence);
    }

    @Override
    public void apply(Candidates candidates, SamplerState state) {
        TokenHistory history = state.history();
        int from = lastN < 0 ? 0 : Math.max(0, history.size() - lastN);
        int[] counts = state.counts();
        for (int i = from; i < history.size(); i++) {
            counts[history.token(i)]++;
        }
        for (int i = from; i < history.size(); i++) {
            int token = history.token(i);
            int count = counts[token];
            if (count > 0) {
                counts[token] = 0;
                candidates.change(token, logit -> penalized(logit, count));
            }
        }
    }

    private float penalized(float logit, int count) {
        float repeated = logit > 0 ? logit / repeat : logit * repeat;
        return repeated - count * frequency - presence;
    }
}
