package dev.nibble.core.calibration;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.model.Linear;
import dev.nibble.core.model.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Weights whose layers can be replaced in the built model, and skipped in a computation. */
final class ReplaceableWeights implements ForwardingWeights {
    /** All requested layers, and the part that is currently skipped. */
    static final class Layers {
        private final List<Asked> asked = new ArrayList<>();
        private Optional<BlockPart> firstSkipped = Optional.empty();

        /** Replaces all layers of a block. @param prefix of their names, such as {@code blk.3.} */
        void replace(String prefix, Weights from) {
            asked.stream().filter(one -> one.prefix.equals(prefix)).forEach(one -> one.replace(from.under(prefix)));
        }

        /** Makes layers of this part of a block and of later ones return zeros; if empty, all compute. */
        void skipFrom(Optional<BlockPart> part) {
            firstSkipped = part;
        }

        private boolean isSkipped(BlockPart part) {
            return firstSkipped.isPresent() && part.compareTo(firstSkipped.get()) >= 0;
        }
    }

    /** Layers requested together, with the request to repeat. */
    private record Asked(String prefix, Function<Weights, List<Linear>> question, List<Replaceable> layers) {
        void replace(Weights from) {
            List<Linear> others = question.apply(from);
            for (int i = 0; i < others.size(); i++) {
                layers.get(i).layer = others.get(i);
            }
        }
    }

    private static final class Replaceable implements Linear {
        private final Layers layers;
        private final BlockPart part;
        private Linear layer;

        Replaceable(Layers layers, BlockPart part, Linear layer) {
            this.layers = layers;
            this.part = part;
            this.layer = layer;
        }

        @Override
        public int inputs() {
            return layer.inputs();
        }

        @Override
        public int outputs() {
            return layer.outputs();
        }

        @Override
        public void apply(Matrix x, Matrix y) {
            if (layers.isSkipped(part)) {
                Arrays.fill(y.data(), y.from(), y.at(y.rows()), 0);
            } else {
                layer.apply(x, y);
            }
        }
    }

    private final Weights weights;
    private final String prefix;
    private final Layers layers;

    ReplaceableWeights(Weights weights, Layers layers) {
        this(weights, "", layers);
    }

    private ReplaceableWeights(Weights weights, String prefix, Layers layers) {
        this.weights = weights;
        this.prefix = prefix;
        this.layers = layers;
    }

    private List<Linear> replaceable(String name, Function<Weights, List<Linear>> question) {
        List<Replaceable> all = question.apply(weights).stream()
                .map(layer -> new Replaceable(layers, BlockPart.of(name), layer)).toList();
        layers.asked.add(new Asked(prefix, question, all));
        return List.copyOf(all);
    }

    @Override
    public Linear linear(String name, int outputs, int inputs) {
        return replaceable(name, from -> List.of(from.linear(name, outputs, inputs))).getFirst();
    }

    @Override
    public Linear part(String name, int outputs, int inputs, int first, int count) {
        return replaceable(name, from -> List.of(from.part(name, outputs, inputs, first, count))).getFirst();
    }

    @Override
    public List<Linear> experts(String name, int experts, int outputs, int inputs) {
        return replaceable(name, from -> from.experts(name, experts, outputs, inputs));
    }

    @Override
    public Weights weights() {
        return weights;
    }

    @Override
    public Weights under(String more) {
        return new ReplaceableWeights(weights.under(more), prefix + more, layers);
    }
}
