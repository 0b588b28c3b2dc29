package dev.nibble.core.calibration;

import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.model.Linear;
import dev.nibble.core.model.Weights;
import java.util.ArrayList;
import java.util.List;

/** Weights whose layers show their inputs to an observer before computing. Results are unchanged. */
final class ObservingWeights implements ForwardingWeights {
    /** Observer of layer inputs. */
    interface Observer {
        /** Called for each layer when the model is built. */
        void announce(String layer, int inputs);

        /**
         * Called before a layer computes, on the model's thread.
         *
         * @param layer full name in GGUF without {@code .weight}; an expert's number after its tensor's name and a dot
         */
        void onInput(String layer, Matrix input, Workers workers);
    }

    private final Weights weights;
    private final String prefix;
    private final Observer observer;

    ObservingWeights(Weights weights, Observer observer) {
        this(weights, "", observer);
    }

    private ObservingWeights(Weights weights, String prefix, Observer observer) {
        this.weights = weights;
        this.prefix = prefix;
        this.observer = observer;
    }

    private record Observed(Linear layer, String name, Observer observer, Workers workers) implements Linear {
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
            observer.onInput(name, x, workers);
            layer.apply(x, y);
        }
    }

    private Linear observed(Linear layer, String name) {
        observer.announce(prefix + name, layer.inputs());
        return new Observed(layer, prefix + name, observer, weights.workers());
    }

    @Override
    public Linear linear(String name, int outputs, int inputs) {
        return observed(weights.linear(name, outputs, inputs), name);
    }

    /** The slices of one layer share an input: the first reports for all. */
    @Override
    public Linear part(String name, int outputs, int inputs, int first, int count) {
        Linear part = weights.part(name, outputs, inputs, first, count);
        return first == 0 ? observed(part, name) : part;
    }

    @Override
    public List<Linear> experts(String name, int experts, int outputs, int inputs) {
        List<Linear> observed = new ArrayList<>();
        for (Linear expert : weights.experts(name, experts, outputs, inputs)) {
            observed.add(observed(expert, name + "_exps." + observed.size()));
        }
        return observed;
    }

    @Override
    public Weights weights() {
        return weights;
    }

    @Override
    public Weights under(String more) {
        return new ObservingWeights(weights.under(more), prefix + more, observer);
    }
}
