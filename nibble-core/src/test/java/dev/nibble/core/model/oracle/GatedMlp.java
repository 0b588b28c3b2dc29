package dev.nibble.core.model.oracle;

import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;

/** down(act(gate x) * up x). */
record GatedMlp(UnaryOperator<double[]> gate, UnaryOperator<double[]> up, UnaryOperator<double[]> down,
        DoubleUnaryOperator activation) implements UnaryOperator<double[]> {

    static GatedMlp of(RandomTensors t, String at, int hidden, int inner, boolean bias, String activation) {
        return new GatedMlp(t.linear(at + ".gate_proj", hidden, inner, bias), t.linear(at + ".up_proj", hidden, inner, bias),
                t.linear(at + ".down_proj", inner, hidden, bias), Arithmetic.activation(activation));
    }

    @Override
    public double[] apply(double[] x) {
        return down.apply(Arithmetic.product(Arithmetic.map(gate.apply(x), activation), up.apply(x)));
    }
}
