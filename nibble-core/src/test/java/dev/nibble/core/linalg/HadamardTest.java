package dev.nibble.core.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HadamardTest {
    @ParameterizedTest
    @CsvSource({"1,1", "2,2", "8,8", "12,4", "64,64", "96,32", "11,1"})
    void equalsTheMatrixOfSigns(int size, int block) {
        SplittableRandom random = new SplittableRandom(size);
        float[] x = new float[size + 2];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextDouble(-1, 1);
        }
        float[] found = x.clone();
        Hadamard.transform(found, 1, size);
        assertThat(Hadamard.blockSize(size)).isEqualTo(block);
        for (int i = 0; i < size; i++) {
            double sum = 0;
            for (int j = i / block * block; j < (i / block + 1) * block; j++) {
                sum += (Integer.bitCount(i % block & j % block) % 2 == 0 ? 1 : -1) * x[1 + j] / Math.sqrt(block);
            }
            assertThat((double) found[1 + i]).isCloseTo(sum, within(1e-6));
        }
        assertThat(found[0]).isEqualTo(x[0]);
        assertThat(found[size + 1]).isEqualTo(x[size + 1]);
    }
}
