package dev.nibble.core.pipeline;

import dev.nibble.MemoryEstimate;
import dev.nibble.QuantizationPlan;
import dev.nibble.QuantizationReport;
import dev.nibble.TensorPlan;
import dev.nibble.TimeEstimate;
import dev.nibble.core.checkpoint.io.OutputLock;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.plan.PlannedTensor;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A planned quantization, and its execution: with checks, under a lock. */
public abstract class PlannedJob implements QuantizationPlan {
    final Path model;
    final ModelSource source;
    final QuantizationRequest request;
    final JobSettings settings;

    PlannedJob(Path model, ModelSource source, QuantizationRequest request, JobSettings settings) {
        this.model = model;
        this.source = source;
        this.request = request;
        this.settings = settings;
    }

    /**
     * Plans a request; reads few weights, unless types are chosen for a budget.
     *
     * @param source the open model
     * @throws dev.nibble.error.UnsupportedException if the request does not fit the model
     */
    public static PlannedJob plan(Path model, ModelSource source, QuantizationRequest request, JobSettings settings) throws IOException {
        request.calibration().check();
        if (request.recipe().isPresent() && request.recipe().get().sequential()) {
            request.calibration().checkText();
        }
        return isDirectory(request)
                ? DirectoryJob.of(model, source, request, settings)
                : GgufJob.of(model, source, request, settings);
    }

    /** Plans and writes under one lock on the target. */
    public static QuantizationReport write(Path model, ModelSource source, QuantizationRequest request, JobSettings settings, Path target)
            throws IOException {
        checkTarget(target, source, request, settings.overwrite());
        try (OutputLock _ = OutputLock.of(target)) {
            return plan(model, source, request, settings).writeLocked(target);
        } catch (IOException | UncheckedIOException e) {
            throw cancelled(target, e);
        }
    }

    @Override
    public final QuantizationReport write(Path target) throws IOException {
        checkTarget(target, source, request, settings.overwrite());
        try (OutputLock _ = OutputLock.of(target)) {
            return writeLocked(target);
        } catch (IOException | UncheckedIOException e) {
            throw cancelled(target, e);
        }
    }

    private QuantizationReport writeLocked(Path target) throws IOException {
        warnings().forEach(settings.listener()::warning);
        DiskSpace.of(target, bytes() + temporaryBytes()).check();
        return run(target);
    }

    /** Unifies the exceptions that file operations throw on an interrupt. */
    private static IOException cancelled(Path target, Exception cause) {
        if (Thread.currentThread().isInterrupted()) {
            InterruptedIOException cancelled = new InterruptedIOException(target + ": cancelled, the thread was interrupted");
            cancelled.initCause(cause);
            return cancelled;
        }
        return cause instanceof IOException io ? io : ((UncheckedIOException) cause).getCause();
    }

    private static boolean isDirectory(QuantizationRequest request) {
        return request.recipe().isPresent() && request.recipe().get().to().isEmpty();
    }

    private static void checkTarget(Path target, ModelSource source, QuantizationRequest request, boolean replace) throws IOException {
        boolean left = isDirectory(request) && Files.exists(JobFiles.beside(target).journal()); // by an interrupted run
        OutputName.check(isDirectory(request), target, source.files(), replace || left);
    }

    /** The default target: in the current folder, named after the model and its new type or method. */
    public static Path defaultTarget(Path model, ModelSource source, QuantizationRequest request) {
        return isDirectory(request)
                ? Path.of(OutputName.stem(model) + "-" + request.recipe().orElseThrow().method().name() + "-"
                        + request.recipe().get().directory(source).bits() + "bit")
                : OutputName.beside(model, request.budget().isPresent() ? "fit" : request.types().fileType().name());
    }

    abstract List<PlannedTensor> planned();

    abstract long workingBytes();

    abstract QuantizationReport run(Path target) throws IOException;

    @Override
    public boolean isDirectory() {
        return isDirectory(request);
    }

    @Override
    public List<TensorPlan> tensors() {
        return planned().stream().map(PlannedTensor::described).toList();
    }

    @Override
    public long temporaryBytes() {
        return request.recipe().map(asked -> JobFiles.bytes(asked, source, bytes(), request.calibration())).orElse(0L);
    }

    @Override
    public MemoryEstimate memory() throws IOException {
        return MemoryUse.of(request.recipe(), source, request.calibration(), workingBytes());
    }

    @Override
    public TimeEstimate estimateTime() throws IOException {
        boolean calibrates = request.recipe().isPresent() && !request.recipe().get().needs().isEmpty();
        return WorkSamples.estimate(source, planned(), request.recipe(), calibrates ? request.calibration().tokens(model, source) : 0,
                settings.loading());
    }

    List<Path> inputs() {
        List<Path> inputs = new ArrayList<>(source.files());
        inputs.addAll(request.inputs());
        return inputs;
    }

    /** Description of everything the weights of a job depend on. @param types requested types, as options */
    String fingerprint(String types) throws IOException {
        StringBuilder all = new StringBuilder(BuildVersion.number() + " " + types + request.options() + " --samples "
                + request.calibration().samples() + " --seqlen " + request.calibration().length() + settings.computing().words());
        for (Path file : inputs()) {
            all.append('\n').append(file.toAbsolutePath().normalize()).append(' ').append(Files.size(file)).append(' ')
                    .append(Files.getLastModifiedTime(file));
        }
        return all.toString();
    }
}
