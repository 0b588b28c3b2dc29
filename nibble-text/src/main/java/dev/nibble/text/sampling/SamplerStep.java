package dev.nibble.text.sampling;

/** One step on the way from logits to a token: changes the candidates' logits or drops some of them. Plain data, so a request can carry it. */
public sealed interface SamplerStep
        permits LogitBias, Penalties, TopK, TypicalP, TopP, MinP, Temperature, MirostatV1, MirostatV2 {
    void apply(Candidates candidates, SamplerState state);

    /** Tells the step with which probability the token was drawn from the candidates that were left. */
    default void drawn(double probability, SamplerState state) {}
}
