package dev.nibble.text.sampling;

/** One step from logits to a token: changes the candidates' logits or drops some of them. Plain data, so a request can carry it. */
public sealed interface SamplerStep
        permits LogitBias, Penalties, TopK, TypicalP, TopP, MinP, Temperature, MirostatV1, MirostatV2 {
    void apply(Candidates candidates, SamplerState state);

    /** Receives the probability with which the token was drawn from the remaining candidates. */
    default void drawn(double probability, SamplerState state) {}
}
