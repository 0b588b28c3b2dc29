package dev.nibble.bench;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.checkpoint.gguf.GgufWriter;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.TensorInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code random-model}: a Llama of the given shape with random weights, as a GGUF file that other programs load too; for speed measurements.
 * The same seed gives the same bytes.
 */
@Command(name = "random-model", mixinStandardHelpOptions = true, sortOptions = false, description = "Writes a Llama with random weights; by default of the shape of TinyLlama 1.1B.")
final class RandomModel implements Callable<Integer> {
    private static final int CHUNK_ROWS = 64;
    private static final float SPREAD = 0.02f;

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "FILE", description = "The GGUF file to write.")
    private Path output;

    @Option(names = "--type", defaultValue = "F16", description = "F32, F16 or BF16. Default: ${DEFAULT-VALUE}.")
    private Plain type;

    @Option(names = "--layers", defaultValue = "22", description = "Default: ${DEFAULT-VALUE}.")
    private int layers;

    @Option(names = "--hidden", defaultValue = "2048", description = "Default: ${DEFAULT-VALUE}.")
    private int hidden;

    @Option(names = "--ffn", defaultValue = "5632", description = "Default: ${DEFAULT-VALUE}.")
    private int feedForward;

    @Option(names = "--heads", defaultValue = "32", description = "Default: ${DEFAULT-VALUE}.")
    private int heads;

    @Option(names = "--kv-heads", defaultValue = "4", description = "Default: ${DEFAULT-VALUE}.")
    private int keyValueHeads;

    @Option(names = "--vocabulary", defaultValue = "32000", description = "Default: ${DEFAULT-VALUE}.")
    private int vocabulary;

    @Option(names = "--seed", defaultValue = "42", description = "Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Override
    public Integer call() throws IOException {
        List<TensorInfo> tensors = tensors();
        try (GgufWriter writer = GgufWriter.create(output, metadata(), tensors, true)) {
            IntStream.range(0, tensors.size()).parallel().forEach(i -> fill(writer, tensors.get(i), new SplittableRandom(seed + i)));
            writer.commit();
        }
        return 0;
    }

    private List<TensorInfo> tensors() {
        int keyValue = hidden / heads * keyValueHeads;
        List<TensorInfo> tensors = new ArrayList<>(List.of(matrix("output.weight", vocabulary, hidden), norm("output_norm.weight"),
                matrix("token_embd.weight", vocabulary, hidden)));
        for (int layer = 0; layer < layers; layer++) {
            String block = "blk." + layer + ".";
            tensors.add(matrix(block + "attn_k.weight", keyValue, hidden));
            tensors.add(norm(block + "attn_norm.weight"));
            tensors.add(matrix(block + "attn_output.weight", hidden, hidden));
            tensors.add(matrix(block + "attn_q.weight", hidden, hidden));
            tensors.add(matrix(block + "attn_v.weight", keyValue, hidden));
            tensors.add(matrix(block + "ffn_down.weight", hidden, feedForward));
            tensors.add(matrix(block + "ffn_gate.weight", feedForward, hidden));
            tensors.add(norm(block + "ffn_norm.weight"));
            tensors.add(matrix(block + "ffn_up.weight", feedForward, hidden));
        }
        return tensors;
    }

    private TensorInfo matrix(String name, long rows, long columns) {
        return new TensorInfo(name, type, Shape.of(rows, columns));
    }

    private TensorInfo norm(String name) {
        return new TensorInfo(name, Plain.F32, Shape.of(hidden));
    }

    /** Gaussian weights with a scale per row, as in trained models; norms are near one. */
    private static void fill(GgufWriter writer, TensorInfo tensor, SplittableRandom random) {
        int columns = (int) tensor.shape().columns();
        long rowBytes = tensor.codec().bytes(columns);
        boolean norm = tensor.shape().rank() == 1;
        float[] numbers = new float[columns];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(rowBytes * CHUNK_ROWS);
            for (long first = 0; first < tensor.shape().rows(); first += CHUNK_ROWS) {
                long rows = Math.min(CHUNK_ROWS, tensor.shape().rows() - first);
                for (int row = 0; row < rows; row++) {
                    float spread = SPREAD * (float) (0.5 + random.nextDouble());
                    for (int i = 0; i < columns; i++) {
                        numbers[i] = (norm ? 1 : 0) + spread * (float) random.nextGaussian();
                    }
                    tensor.codec().encode(numbers, 0, columns, Importance.EQUAL, bytes, row * rowBytes);
                }
                writer.write(tensor.name(), first * rowBytes, bytes.asSlice(0, rows * rowBytes));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private GgufMetadata metadata() {
        GgufMetadata metadata = new GgufMetadata().putString("general.architecture", "llama").putString("general.name", "random")
                .putU32("general.file_type", type == Plain.F16 ? 1 : type == Plain.BF16 ? 32 : 0)
                .putU32("llama.block_count", layers).putU32("llama.context_length", 2048).putU32("llama.embedding_length", hidden)
                .putU32("llama.feed_forward_length", feedForward).putU32("llama.attention.head_count", heads)
                .putU32("llama.attention.head_count_kv", keyValueHeads).putU32("llama.rope.dimension_count", hidden / heads)
                .putF32("llama.attention.layer_norm_rms_epsilon", 1e-5f).putF32("llama.rope.freq_base", 10000)
                .putU32("llama.vocab_size", vocabulary);
        return vocabulary(metadata);
    }

    /** A SentencePiece vocabulary: three control pieces, all bytes, then arbitrary distinct pieces. */
    private GgufMetadata vocabulary(GgufMetadata metadata) {
        List<String> pieces = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        IntStream.range(0, 256).forEach(value -> pieces.add("<0x%02X>".formatted(value)));
        float[] scores = new float[vocabulary];
        int[] types = new int[vocabulary];
        for (int i = 0; i < vocabulary; i++) {
            if (i >= pieces.size()) {
                pieces.add("\u2581w" + i);
            }
            scores[i] = i < 259 ? 0 : -i;
            types[i] = i == 0 ? 2 : i < 3 ? 3 : i < 259 ? 6 : 1;
        }
        return metadata.putString("tokenizer.ggml.model", "llama").putStrings("tokenizer.ggml.tokens", pieces.subList(0, vocabulary))
                .putF32s("tokenizer.ggml.scores", scores).putI32s("tokenizer.ggml.token_type", types)
                .putU32("tokenizer.ggml.bos_token_id", 1).putU32("tokenizer.ggml.eos_token_id", 2)
                .putU32("tokenizer.ggml.unknown_token_id", 0);
    }
}
