package dev.nibble.core.inference;

import dev.nibble.core.model.Embedding;
import dev.nibble.core.tensor.Weight;
import java.util.Objects;

/** An embedding that looks up stored rows. */
record TableEmbedding(Weight weight) implements Embedding {
    @Override
    public int rows() {
        return (int) weight.rows();
    }

    @Override
    public int width() {
        return (int) weight.columns();
    }

    @Override
    public void read(int row, float[] target, int from) {
        weight.read(Objects.checkIndex(row, rows()), target, from);
    }
}
