package dev.nibble.core.quantization;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.tensor.Importance;
import dev.nibble.error.UnsupportedException;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;

/** The statistics of one layer's inputs, at most one of each kind. */
public final class Statistics {
    /** No statistics: for algorithms without calibration. */
    public static final Statistics NONE = new Statistics(List.of());

    // @formatter:off
    private static final Map<Class<? extends Statistic<?>>, IntFunction<Statistic<?>>> KINDS = Map.of(
            AbsMax.class, AbsMax::new,
            MeanAbs.class, MeanAbs::new,
            MeanSquare.class, MeanSquare::new,
            Hessian.class, Hessian::new);
    // @formatter:on

    private final Map<Class<?>, Statistic<?>> byKind = new LinkedHashMap<>();

    public Statistics(Collection<? extends Statistic<?>> statistics) {
        for (Statistic<?> statistic : statistics) {
            if (byKind.put(statistic.getClass(), statistic) != null) {
                throw new IllegalArgumentException("two statistics of one kind: " + statistic.getClass().getSimpleName());
            }
        }
    }

    /** A single statistic. */
    public static Statistics of(Statistic<?> statistic) {
        return new Statistics(List.of(statistic));
    }

    /** Empty ones of the needed kinds, in the order of their names. */
    public static Statistics needed(Set<Class<? extends Statistic<?>>> kinds, int columns) {
        return new Statistics(kinds.stream().sorted((a, b) -> a.getSimpleName().compareTo(b.getSimpleName()))
                .<Statistic<?>>map(kind -> KINDS.get(kind).apply(columns)).toList());
    }

    public Collection<Statistic<?>> all() {
        return Collections.unmodifiableCollection(byKind.values());
    }

    public void observe(Matrix input, Workers workers) {
        byKind.values().forEach(statistic -> statistic.observe(input, workers));
    }

    /** Empty ones that have to observe all inputs again, if those were too large for the grid of these; see {@link Hessian#wider}. */
    public Optional<Statistics> wider() {
        return find(Hessian.class).flatMap(Hessian::wider).map(hessian -> new Statistics(byKind.values().stream()
                .<Statistic<?>>map(one -> one instanceof Hessian ? hessian : KINDS.get(one.getClass()).apply(one.columns())).toList()));
    }

    /** Inputs seen; 0 if there is no statistic. */
    public long rows() {
        return byKind.values().stream().mapToLong(Statistic::rows).max().orElse(0);
    }

    public <S extends Statistic<S>> Optional<S> find(Class<S> kind) {
        return Optional.ofNullable(byKind.get(kind)).map(kind::cast);
    }

    /**
     * @param columns of the weight
     * @throws UnsupportedException if there is none of that kind, it has other columns, or saw no input
     */
    public <S extends Statistic<S>> S require(Class<S> kind, int columns, String algorithm) {
        S statistic = find(kind).orElseThrow(() -> new UnsupportedException(algorithm + " needs the " + kind.getSimpleName()
                + " of the layer's inputs, and there is none: calibrate the model with it, or round to nearest"));
        if (statistic.columns() != columns) {
            throw new UnsupportedException("the " + kind.getSimpleName() + " is of inputs of " + statistic.columns()
                    + " values, the weight has " + columns + " columns: they are of different layers");
        }
        if (statistic.rows() == 0) {
            throw new UnsupportedException("the " + kind.getSimpleName() + " saw no input: no text of the calibration came to this"
                    + " layer; use a longer text, or round to nearest");
        }
        return statistic;
    }

    /** The statistics of the same inputs with every channel divided by its scale. */
    public Statistics divided(float[] scale) {
        return new Statistics(byKind.values().stream().<Statistic<?>>map(statistic -> switch (statistic) {
            case AbsMax largest -> AbsMax.of(divided(largest.values(), scale, 1), largest.rows());
            case MeanAbs sums -> MeanAbs.of(divided(sums.sums(), scale, 1), sums.rows());
            case MeanSquare sums -> MeanSquare.of(divided(sums.sums(), scale, 2), sums.rows());
            case Hessian hessian -> hessian.divided(scale);
        }).toList());
    }

    private static double[] divided(double[] numbers, float[] scale, int power) {
        double[] divided = new double[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            divided[i] = numbers[i] / Math.pow(scale[i], power);
        }
        return divided;
    }

    /** Importance of the columns: their mean squares, if those or the Hessian are known and not all zero. */
    public Importance importance() {
        float[] means = find(MeanSquare.class).map(MeanSquare::means)
                .or(() -> find(Hessian.class).map(hessian -> ColumnStatistic.means(hessian.diagonal(), hessian.rows())))
                .orElse(new float[0]);
        for (float mean : means) {
            if (mean > 0) {
                return Importance.ofColumns(means);
            }
        }
        return Importance.EQUAL;
    }
}
