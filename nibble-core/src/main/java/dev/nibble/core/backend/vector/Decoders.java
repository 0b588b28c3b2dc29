package dev.nibble.core.backend.vector;

import dev.nibble.core.codec.IQ4_NL;
import dev.nibble.core.codec.IQ4_XS;
import dev.nibble.core.codec.MXFP4;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.Q1_0;
import dev.nibble.core.codec.Q2_0;
import dev.nibble.core.codec.Q2_K;
import dev.nibble.core.codec.Q3_K;
import dev.nibble.core.codec.Q4_0;
import dev.nibble.core.codec.Q4_1;
import dev.nibble.core.codec.Q4_K;
import dev.nibble.core.codec.Q5_0;
import dev.nibble.core.codec.Q5_1;
import dev.nibble.core.codec.Q5_K;
import dev.nibble.core.codec.Q6_K;
import dev.nibble.core.codec.Q8_0;
import dev.nibble.core.codec.TQ2_0;
import dev.nibble.core.tensor.Codec;
import java.util.Map;

/** List of vectorized decoders, all tested; other codecs decode themselves. */
final class Decoders {
    static final Map<Codec, RowDecoder> ALL = Map.ofEntries(
            Map.entry(Plain.F16, PlainDecoders::f16), Map.entry(Plain.BF16, PlainDecoders::bf16),
            Map.entry(Q8_0.Q8_0, ScaledDecoders::q8_0), Map.entry(Q5_1.Q5_1, ScaledDecoders::q5_1),
            Map.entry(Q5_0.Q5_0, ScaledDecoders::q5_0), Map.entry(Q4_1.Q4_1, ScaledDecoders::q4_1),
            Map.entry(Q4_0.Q4_0, ScaledDecoders::q4_0), Map.entry(Q6_K.Q6_K, SymmetricDecoders::q6_k),
            Map.entry(Q5_K.Q5_K, AffineDecoders::q5_k), Map.entry(Q4_K.Q4_K, AffineDecoders::q4_k),
            Map.entry(Q3_K.Q3_K, SymmetricDecoders::q3_k), Map.entry(Q2_K.Q2_K, AffineDecoders::q2_k),
            Map.entry(IQ4_NL.IQ4_NL, LevelDecoders::iq4_nl), Map.entry(IQ4_XS.IQ4_XS, LevelDecoders::iq4_xs),
            Map.entry(MXFP4.MXFP4, LevelDecoders::mxfp4), Map.entry(TQ2_0.TQ2_0, TernaryDecoders::tq2_0),
            Map.entry(Q2_0.Q2_0, TernaryDecoders::q2_0), Map.entry(Q1_0.Q1_0, TernaryDecoders::q1_0));

    /** Codecs with fused decoding and multiplication, for vectors of sixteen lanes. */
    static final Map<Codec, RowQuad> FUSED = Lanes.COUNT < LaneSum.COUNT
            ? Map.of()
            : Map.of(Q4_0.Q4_0, new LevelRows(LevelDecoders.LINEAR), IQ4_NL.IQ4_NL, new LevelRows(LevelDecoders.NON_LINEAR), Q8_0.Q8_0,
                    new ByteRows(), Q4_K.Q4_K, new AffineRows(), Q6_K.Q6_K, new SymmetricRows());

    private Decoders() {}
}
