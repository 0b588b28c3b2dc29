package dev.nibble.core.linalg;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HadamardMatrixTest {
    /** Digests of the published matrices, written as lines of + and −. */
    @ParameterizedTest
    @CsvSource({"12, 969dbb40d02b6325ae7cd3ba721153e270282b9cb4ec71ad50be5434d64fa462",
        "20, bd3febfd6d637142de8eb0a95b38d2d937b8d638bbcb583e58d7a5120db05901",
        "28, 8b24c14f53d2d823bdb26f91298574eaa3c7a7be1f8dc958ce3023171f095eb5",
        "36, 31180207ac6916ae73fb94e9d1b59c2151dd3e68226b87d609c13466e1fc405d",
        "52, b09945ddadc1d9ccf7a871bc350808ed6551e2de13523a15099457b432c89512",
        "60, eb568e43184ab1933e335a769ed01c130ef99eac3a08f420e256e508758a873c",
        "108, bcc8faf141eba6d59f26a0159b27c80f3d8e0f0bf87816f93d90977135fbde2a",
        "116, c819980c357390b3d0705baaaa36850e1e5c2016c2fbc637743ebde77775d2d9",
        "124, a01de87a07fca48130dd3cb99c105ab0521fbe621eeb4920e4e4b2be1c8bd206",
        "140, 4d87e06ea4df3e910ca688d47cca8d799fc4bb196ac021ee6e15b22a06baefe1",
        "156, 4d2f4179cd753e6438a96c6d1c51bae8b9abca7f02ab662a7ab8b66a6e4b5543",
        "172, f235a78cccb5a6ce1acc4208275dda1ef0040e05788b05c97a43feaa3555e862"})
    void isThePublishedOne(int order, String digest) throws NoSuchAlgorithmException {
        byte[][] rows = HadamardMatrix.ofOrder(order).orElseThrow();
        StringBuilder text = new StringBuilder();
        for (byte[] row : rows) {
            for (byte sign : row) {
                text.append(sign > 0 ? '+' : '-');
            }
            text.append('\n');
        }
        assertOrthogonal(rows, order);
        byte[] found = MessageDigest.getInstance("SHA-256").digest(text.toString().getBytes(StandardCharsets.US_ASCII));
        assertThat(HexFormat.of().formatHex(found)).isEqualTo(digest);
    }

    private static void assertOrthogonal(byte[][] rows, int order) {
        assertThat(rows).hasDimensions(order, order);
        for (int i = 0; i < order; i++) {
            for (int j = 0; j < order; j++) {
                int product = 0;
                for (int k = 0; k < order; k++) {
                    product += rows[i][k] * rows[j][k];
                }
                assertThat(product).as("rows %d and %d of %d", i, j, order).isEqualTo(i == j ? order : 0);
            }
        }
    }

    /** Sides of Llama, Llama 2, Llama 3, Mistral and Falcon, including their fused layers. */
    @ParameterizedTest
    @CsvSource({"4096, 1", "12288, 12", "22016, 172", "11008, 172", "5120, 20", "15360, 60", "13824, 108", "27648, 108", "6656, 52",
        "19968, 156", "17920, 140", "8192, 1", "10240, 20", "28672, 28", "57344, 28", "6144, 12", "14336, 28", "14848, 116",
        "15872, 124", "9216, 36"})
    void isForTheSidesOfModels(int size, int order) {
        assertThat(HadamardMatrix.orderFor(size)).isEqualTo(order);
        assertThat(order == 1 || HadamardMatrix.ofOrder(order).isPresent()).isTrue();
        assertThat(size % order).isZero();
    }

    @Test
    void knowsWhatItDoesNotHave() {
        assertThat(HadamardMatrix.ofOrder(HadamardMatrix.orderFor(5632))).as("44 of 11 · 512").isEmpty();
        assertThat(HadamardMatrix.ofOrder(0)).isEmpty();
        assertThat(HadamardMatrix.ofOrder(1)).isEmpty();
        assertThat(HadamardMatrix.ofOrder(4)).isEmpty();
    }
}
