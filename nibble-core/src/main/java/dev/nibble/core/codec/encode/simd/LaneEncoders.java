package dev.nibble.core.codec.encode.simd;

import static dev.nibble.core.codec.SymmetricSuperBlockCodec.GROUP;
import static java.util.Map.entry;

import dev.nibble.core.codec.IQ1_M;
import dev.nibble.core.codec.IQ1_S;
import dev.nibble.core.codec.IQ2_S;
import dev.nibble.core.codec.IQ2_XS;
import dev.nibble.core.codec.IQ2_XXS;
import dev.nibble.core.codec.IQ3_S;
import dev.nibble.core.codec.IQ3_XXS;
import dev.nibble.core.codec.IQ4_NL;
import dev.nibble.core.codec.IQ4_XS;
import dev.nibble.core.codec.LatticeCodec;
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
import dev.nibble.core.codec.RowEncoder;
import dev.nibble.core.codec.SymmetricSuperBlockCodec;
import dev.nibble.core.tensor.Codec;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The list of vectorized encoders. An encoder listed here is used, and tested against its codec. Needs the vector module. */
public final class LaneEncoders {
    public static final Map<Codec, Supplier<RowEncoder>> ALL = Map.ofEntries(
            entry(Q4_0.Q4_0, () -> new SmallBlockRows(Q4_0.Q4_0, 4, false)),
            entry(Q4_1.Q4_1, () -> new SmallBlockRows(Q4_1.Q4_1, 4, true)),
            entry(Q5_0.Q5_0, () -> new SmallBlockRows(Q5_0.Q5_0, 5, false)),
            entry(Q5_1.Q5_1, () -> new SmallBlockRows(Q5_1.Q5_1, 5, true)),
            entry(Q8_0.Q8_0, () -> new SmallBlockRows(Q8_0.Q8_0, 8, false)),
            entry(Q2_K.Q2_K, () -> new AffineRowEncoder(Q2_K.Q2_K)),
            entry(Q3_K.Q3_K,
                    () -> new SymmetricRowEncoder(Q3_K.Q3_K, new CoordinateDescentLanes(GROUP, Q3_K.Q3_K.limit()), lanes(Q3_K.Q3_K))),
            entry(Q4_K.Q4_K, () -> new AffineRowEncoder(Q4_K.Q4_K)),
            entry(Q5_K.Q5_K, () -> new AffineRowEncoder(Q5_K.Q5_K)),
            entry(Q6_K.Q6_K, () -> new SymmetricRowEncoder(Q6_K.Q6_K, lanes(Q6_K.Q6_K), lanes(Q6_K.Q6_K))),
            lattice(IQ1_S.IQ1_S), lattice(IQ1_M.IQ1_M), lattice(IQ2_XXS.IQ2_XXS), lattice(IQ2_XS.IQ2_XS), lattice(IQ2_S.IQ2_S),
            lattice(IQ3_XXS.IQ3_XXS), lattice(IQ3_S.IQ3_S),
            entry(IQ4_NL.IQ4_NL, () -> new NonLinearRows(IQ4_NL.IQ4_NL, IQ4_NL.open())),
            entry(IQ4_XS.IQ4_XS, () -> new NonLinearRows(IQ4_XS.IQ4_XS, IQ4_XS.open())));

    private LaneEncoders() {}

    private static Map.Entry<Codec, Supplier<RowEncoder>> lattice(LatticeCodec codec) {
        return entry(codec, () -> new LatticeRows(codec));
    }

    private static SymmetricLanes lanes(SymmetricSuperBlockCodec codec) {
        return new SymmetricLanes(GROUP, codec.limit());
    }

    public static Optional<RowEncoder> of(Codec codec) {
        return Optional.ofNullable(ALL.get(codec)).map(Supplier::get);
    }
}
