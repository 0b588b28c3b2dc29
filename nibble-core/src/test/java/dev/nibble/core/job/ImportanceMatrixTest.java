package dev.nibble.core.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nibble.core.checkpoint.imatrix.Imatrix;
import dev.nibble.core.checkpoint.io.FileBytes;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportanceMatrixTest {
    private static final String NAME = "blk.0.ffn_up_exps.weight";

    @TempDir
    Path folder;

    /** A {@code .dat} file with zeros for an expert: its text never reached it, which says nothing of its columns. */
    @Test
    void anExpertOfZerosWasNotMeasured() throws IOException {
        FileBytes file = new FileBytes().u32(1).u32(NAME.length()).ascii(NAME).u32(2).u32(6);
        for (float value : new float[]{4, 0, 0, 0, 2, 6}) {
            file.u32(Float.floatToRawIntBits(value));
        }
        Imatrix imatrix = Imatrix.read(file.write(folder.resolve("experts.dat")));
        List<Importance> importances = new ImportanceMatrix(Optional.of(imatrix)).of(NAME, Shape.of(3, 5, 2));
        float[][] expected = {{2, 0}, {1, 1}, {1, 3}};
        assertThat(importances).hasSize(3);
        for (int expert = 0; expert < 3; expert++) {
            for (int column = 0; column < 2; column++) {
                assertThat(importances.get(expert).weight(column)).isEqualTo(expected[expert][column]);
            }
        }
    }
}
