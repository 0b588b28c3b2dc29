package dev.nibble.core.job;

import dev.nibble.core.checkpoint.gguf.Gguf;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.conversion.ExactWeight;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.conversion.SafetensorsConversion;
import dev.nibble.core.conversion.StoredTensor;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.layout.ModelFiles;
import dev.nibble.core.layout.WeightLayout;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.core.tensor.Weight;
import dev.nibble.error.Advice;
import dev.nibble.error.Setting;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * A GGUF file to convert to a quantized directory: layers' matrices keep their codes, with rows in the directory's order; tensors that
 * layouts keep plain get the smallest type that is exact.
 */
final class TranscodableGguf implements TranscodableModel {
    private static final int SHOWN = 3;
    private static final int CHUNK_BYTES = 1 << 20;
    private static final List<Codec> NARROW = List.of(Plain.F16, Plain.BF16); // otherwise F32

    private final Gguf file;
    private final SafetensorsConversion.Plan plan;
    private final Map<String, StoredTensor> stored;
    private final Map<String, Codec> codecs = new LinkedHashMap<>(); // of quantized layers, by their names in the directory
    private final Map<String, Codec> plain = new LinkedHashMap<>(); // of all others

    /**
     * @param file closed with this model
     * @param target layout to write
     * @throws UnsupportedException naming weights that have no exact form in the layout
     */
    TranscodableGguf(Gguf file, WeightLayout target) {
        this.file = file;
        this.plan = SafetensorsConversion.plan(file, Plain.F16);
        this.stored = plan.stored().stream()
                .collect(Collectors.toMap(StoredTensor::name, UnaryOperator.identity(), (one, other) -> one, LinkedHashMap::new));
        List<StoredTensor> layers = stored.values().stream().filter(tensor -> isQuantized(tensor) && QuantizedDirectoryJob.isLayer(tensor))
                .toList();
        if (layers.isEmpty()) {
            throw new UnsupportedException(
                    Advice.of("%s: the weights of its layers are not quantized, so there is nothing to transcode; quantize"
                            + " them, or %s", file.path(), Setting.CONVERT_TO_DIRECTORY.any()));
        }
        refuse(layers.stream().filter(layer -> ExactWeight.forms(type(layer)).isEmpty()).toList(), layers.size());
        layers.forEach(layer -> codecs.put(layer.name(), form(layer, target)));
        stored.values().stream().filter(tensor -> !codecs.containsKey(tensor.name()))
                .forEach(tensor -> plain.put(tensor.name(), plain(tensor)));
    }

    private void refuse(List<StoredTensor> without, int all) {
        if (without.isEmpty()) {
            return;
        }
        String names = without.stream().limit(SHOWN).map(layer -> layer.rule().gguf() + " (" + type(layer).name() + ")")
                .collect(Collectors.joining(", "));
        throw new UnsupportedException(Advice.of("%s: %d of %d weights have no exact form in a directory: %s%s. Codes of Q4_0, Q5_0, Q8_0,"

                + " Q1_0, Q2_0, TQ1_0, TQ2_0, IQ4_NL, MXFP4 and NVFP4 can be transcoded, and those of Q4_1 and Q5_1 if minima are whole steps;"
                + " scales of scales (K-quants) and tables cannot. Quantize the original into a directory (%s)", file.path(),
                without.size(),
                all, names, without.size() > SHOWN ? ", …" : "", Setting.QUANTIZE_DIRECTORY.any()));
    }

    /** The narrowest exact form that the layout supports. */
    private Codec form(StoredTensor layer, WeightLayout target) {
        List<String> reasons = new ArrayList<>();
        for (Codec form : ExactWeight.forms(type(layer))) {
            try {
                target.config(form, false, List.of());
                return form;
            } catch (UnsupportedException e) {
                reasons.add(e.getMessage());
            }
        }
        throw new UnsupportedException(
                "tensor " + layer.rule().gguf() + " (" + type(layer).name() + ") has no exact form in " + target.name()
                        + ": " + reasons.getFirst());
    }

    private Codec type(StoredTensor tensor) {
        return file.info(tensor.rule().gguf()).codec();
    }

    private boolean isQuantized(StoredTensor tensor) {
        return type(tensor).blockSize() > 1;
    }

    @Override
    public List<TensorInfo> weights() {
        return codecs.entrySet().stream().map(entry -> new TensorInfo(entry.getKey(), entry.getValue(),
                stored.get(entry.getKey()).matrixShape())).toList();
    }

    @Override
    public List<TensorInfo> others() {
        return plain.entrySet().stream().map(entry -> new TensorInfo(entry.getKey(), entry.getValue(),
                stored.get(entry.getKey()).rule().sourceShape())).toList();
    }

    /** Type of a plain tensor: the file's, or the smallest exact one if that is quantized. */
    private Codec plain(StoredTensor tensor) {
        TensorSource values = restored(tensor);
        if (!isQuantized(tensor)) {
            return values.info().codec();
        }
        return NARROW.stream().filter(narrow -> holds(narrow, values)).findFirst().orElse(Plain.F32);
    }

    private static boolean holds(Codec plain, TensorSource values) {
        float[] row = new float[Math.toIntExact(values.info().shape().columns())];
        boolean holds = true;
        for (long i = 0; holds && i < values.info().shape().rows(); i++) {
            values.read(i, 1, row, 0);
            holds = holds(plain, row);
        }
        return holds;
    }

    private static boolean holds(Codec plain, float[] values) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[Math.toIntExact(plain.bytes(values.length))]);
        plain.encode(values, 0, values.length, Importance.EQUAL, bytes, 0);
        float[] again = new float[values.length];
        plain.decode(bytes, 0, again, 0, again.length);
        return sameBits(values, again);
    }

    /** Bitwise equality: −0 is not 0, and NaNs differ by their payload. */
    static boolean sameBits(float[] one, float[] other) {
        return MemorySegment.ofArray(one).mismatch(MemorySegment.ofArray(other)) < 0;
    }

    private TensorSource restored(StoredTensor tensor) {
        return tensor.restored(file.tensor(tensor.rule().gguf()));
    }

    @Override
    public boolean isReordered() {
        return false;
    }

    @Override
    public Weight weight(String name, Arena arena) {
        StoredTensor layer = stored.get(name);
        return new ExactWeight(layer.matrix(file.tensor(layer.rule().gguf())), codecs.get(name)).read(arena);
    }

    @Override
    public void other(String name, Chunks chunks) throws IOException {
        TensorSource values = restored(stored.get(name));
        Codec codec = plain.get(name);
        int columns = Math.toIntExact(values.info().shape().columns());
        int rowBytes = Math.toIntExact(codec.bytes(columns));
        int rowsPerChunk = Math.max(1, CHUNK_BYTES / rowBytes);
        MemorySegment chunk = MemorySegment.ofArray(new byte[Math.multiplyExact(rowsPerChunk, rowBytes)]);
        float[] row = new float[columns];
        long rows = values.info().shape().rows();
        for (long first = 0; first < rows; first += rowsPerChunk) {
            int count = Math.toIntExact(Math.min(rowsPerChunk, rows - first));
            for (int i = 0; i < count; i++) {
                MemorySegment target = chunk.asSlice((long) i * rowBytes, rowBytes);
                Optional<MemorySegment> copy = codec.equals(values.info().codec()) ? values.rawRow(first + i) : Optional.empty();
                if (copy.isPresent()) {
                    target.copyFrom(copy.get());
                } else {
                    values.read(first + i, 1, row, 0);
                    codec.encode(row, 0, columns, Importance.EQUAL, target, 0);
                }
            }
            chunks.write(first * rowBytes, chunk.asSlice(0, (long) count * rowBytes));
        }
    }

    @Override
    public ModelFiles files() {
        return ModelFiles.of(plan.files());
    }

    @Override
    public List<String> warnings() {
        return plan.warnings();
    }

    @Override
    public void verifyUnchanged() throws IOException {
        file.verifyUnchanged();
    }

    /** Compares the directory, read as a GGUF model, so that names, row order and norms are checked too. */
    @Override
    public List<TranscodingJob.Certificate> compare(Path directory) throws IOException {
        List<TranscodingJob.Certificate> certificates = new ArrayList<>();
        try (ModelSource before = ModelSource.open(file.path()); ModelSource after = ModelSource.open(directory)) {
            Map<String, TensorSource> results = after.tensors().stream()
                    .collect(Collectors.toMap(tensor -> tensor.info().name(), UnaryOperator.identity()));
            for (TensorSource tensor : before.tensors()) {
                TensorSource result = results.get(tensor.info().name());
                if (result == null) { // derived from the configuration; losses are among the warnings
                    continue;
                }
                long negative = compare(tensor, result);
                if (tensor.info().codec().blockSize() > 1) {
                    certificates.add(new TranscodingJob.Certificate(tensor.info().name(), tensor.info().codec().name(),
                            result.info().codec().name(), tensor.info().shape().count(), negative));
                }
            }
        }
        return certificates;
    }

    /** @return number of negative scales in the result */
    private static long compare(TensorSource tensor, TensorSource result) {
        if (!tensor.info().shape().equals(result.info().shape())) {
            throw new UnsupportedException("tensor " + tensor.info().name() + " became " + result.info().shape() + " of "
                    + tensor.info().shape());
        }
        float[] before = new float[Math.toIntExact(tensor.info().shape().columns())];
        float[] after = new float[before.length];
        long negative = 0;
        for (long row = 0; row < tensor.info().shape().rows(); row++) {
            tensor.read(row, 1, before, 0);
            result.read(row, 1, after, 0);
            if (!sameBits(before, after)) {
                throw new UnsupportedException(
                        "tensor " + tensor.info().name() + ", row " + row + " would not keep its values bit for bit");
            }
            negative += result.rawRow(row).map(blocks -> ExactWeight.negativeScales(result.info().codec(), blocks)).orElse(0L);
        }
        return negative;
    }

    @Override
    public void close() {
        file.close();
    }
}
