package dev.nibble.core.job;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.CheckpointWriter;
import dev.nibble.core.conversion.TensorSource;
import dev.nibble.core.kernel.Stage;
import dev.nibble.core.kernel.Threads;
import dev.nibble.core.plan.PlannedTensor;
import dev.nibble.core.tensor.Importance;
import dev.nibble.core.tensor.TensorInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Encodes the tensors of a plan into a file on several threads, chunk by chunk; the first failure in file order stops all. */
final class ParallelEncoder {
    /** An exception and the chunk it came from. */
    private record Failure(ChunkQueue.Chunk chunk, Throwable cause) {
        static final ChunkQueue.Chunk NONE = new ChunkQueue.Chunk(-1, -1, 0, 0);

        static Failure first(Failure a, Failure b) {
            if (a == null || b == null) {
                return a == null ? b : a;
            }
            int byTensor = Integer.compare(a.chunk.tensor(), b.chunk.tensor());
            return byTensor < 0 || (byTensor == 0 && a.chunk.index() < b.chunk.index()) ? a : b;
        }
    }

    private final List<PlannedTensor> plan;
    private final Map<String, TensorSource> sources;
    private final ImportanceMatrix matrix;
    private final NonFinitePolicy nonFinite;
    private final long totalValues;
    private final Path file;
    private final CheckpointWriter writer;
    private final Stage stage;
    private final ChunkQueue queue;
    private final List<ResultCollector> collectors;
    private final Map<String, List<Importance>> importances = new ConcurrentHashMap<>();
    private final AtomicReference<Failure> failure = new AtomicReference<>();

    /** @param file source file, for messages */
    ParallelEncoder(List<PlannedTensor> plan, List<TensorSource> sources, ImportanceMatrix matrix, NonFinitePolicy nonFinite, Path file,
            CheckpointWriter writer, Stage stage) {
        this.plan = plan;
        this.sources = sources.stream().collect(Collectors.toMap(tensor -> tensor.info().name(), Function.identity()));
        this.matrix = matrix;
        this.nonFinite = nonFinite;
        this.totalValues = plan.stream().filter(tensor -> !tensor.isCopy()).mapToLong(tensor -> tensor.source().shape().count()).sum();
        this.file = file;
        this.writer = writer;
        this.stage = stage;
        this.queue = new ChunkQueue(plan);
        this.collectors = plan.stream().map(ResultCollector::new).toList();
    }

    /**
     * Encodes all tensors; on a failure or interrupt, stops and joins all workers first.
     *
     * @return results in the order of the plan
     */
    List<EncodingResult> run(int threads) throws IOException {
        List<Thread> workers = new ArrayList<>();
        try {
            for (int i = 0; i < threads; i++) {
                workers.add(Thread.ofPlatform().daemon().name("encode-" + i).start(this::work));
            }
            for (Thread thread : workers) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            queue.stop();
            workers.forEach(Threads::joinUninterruptibly);
        }
        rethrow();
        return collectors.stream().map(collector -> collector.result(writer)).toList();
    }

    private void work() {
        ChunkQueue.Chunk chunk = Failure.NONE;
        try (ChunkEncoder encoder = new ChunkEncoder(nonFinite, totalValues)) {
            for (Optional<ChunkQueue.Chunk> next = queue.next(); next.isPresent(); next = queue.next()) {
                chunk = next.get();
                process(encoder, chunk);
            }
        } catch (Throwable e) { // errors included: otherwise nothing would report why the file is incomplete
            queue.stop();
            failure.accumulateAndGet(new Failure(chunk, e), Failure::first);
        }
    }

    private void process(ChunkEncoder encoder, ChunkQueue.Chunk chunk) throws IOException {
        Checkpoint.<Void, IOException>guarded(file, () -> {
            write(encoder, chunk);
            return null;
        });
    }

    private void write(ChunkEncoder encoder, ChunkQueue.Chunk chunk) throws IOException {
        PlannedTensor tensor = plan.get(chunk.tensor());
        String name = tensor.source().name();
        TensorSource rows = sources.get(name);
        ChunkEncoder.Result result = tensor.isCopy()
                ? encoder.copy(rows, tensor, chunk)
                : encoder.encode(rows, tensor, chunk, importance(tensor, chunk));
        long columns = tensor.source().shape().columns();
        writer.write(name, chunk.firstRow() * tensor.target().bytes(columns), result.bytes());
        collectors.get(chunk.tensor()).add(chunk.index(), result);
        stage.advance(name, tensor.source().codec().bytes(columns) * chunk.rows());
    }

    private Importance importance(PlannedTensor tensor, ChunkQueue.Chunk chunk) {
        TensorInfo info = tensor.source();
        List<Importance> all = importances.computeIfAbsent(info.name(), name -> matrix.of(name, info.shape()));
        return all.size() == 1 ? all.getFirst() : all.get((int) (chunk.firstRow() / info.shape().dimension(info.shape().rank() - 2)));
    }

    private void rethrow() throws IOException {
        Failure first = failure.get();
        if (first != null) {
            Threads.rethrow(first.cause);
        }
    }
}
