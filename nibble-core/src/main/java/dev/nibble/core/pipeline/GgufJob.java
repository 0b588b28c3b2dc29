package dev.nibble.core.pipeline;

import dev.nibble.QuantizationReport;
import dev.nibble.core.checkpoint.imatrix.Imatrix;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.fold.ScaleSearch;
import dev.nibble.core.job.LayerQuantizer;
import dev.nibble.core.job.Provenance;
import dev.nibble.core.job.QuantizationJob;
import dev.nibble.core.plan.PlannedTensor;
import dev.nibble.core.plan.TypeRequest;
import dev.nibble.core.recipe.Recipe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Quantization into a GGUF file: by rounding to nearest or by a method, in given types or types chosen for a budget. */
final class GgufJob extends PlannedJob {
    private static final int NAMED_TENSORS = 5;

    private final TypeRequest types;
    private final Optional<Imatrix> importance;
    private final QuantizationJob job;
    private final Optional<TypeFit> fit;

    private GgufJob(Path model, ModelSource source, QuantizationRequest request, JobSettings settings, Optional<Imatrix> importance)
            throws IOException {
        super(model, source, request, settings);
        this.importance = importance;
        TypeRequest asked = request.recipe().isPresent() ? request.recipe().get().types(source, request.types()) : request.types();
        this.fit = request.budget().isPresent()
                ? Optional.of(TypeFit.choose(request.budget().get(), asked, model, source, request.calibration(), settings,
                        typed -> job(typed).bytes(provenance(typed))))
                : Optional.empty();
        this.types = fit.map(TypeFit::types).orElse(asked);
        this.job = job(types);
    }

    static GgufJob of(Path model, ModelSource source, QuantizationRequest request, JobSettings settings) throws IOException {
        Optional<Imatrix> importance = request.imatrix().isPresent()
                ? Optional.of(Imatrix.read(request.imatrix().get()))
                : Optional.empty();
        return new GgufJob(model, source, request, settings, importance);
    }

    private QuantizationJob job(TypeRequest typed) {
        QuantizationJob unscaled = job(source, typed);
        return request.recipe().map(recipe -> ScaleSearch.unsearched(source, recipe.method().scaling(), unscaled::codec))
                .filter(scaled -> scaled != source).map(scaled -> job(scaled, typed)).orElse(unscaled);
    }

    private QuantizationJob job(ModelSource from, TypeRequest typed) {
        return new QuantizationJob(from, typed, importance, request.nonFinite(),
                request.recipe().map(recipe -> LayerQuantizer.planning(recipe.algorithms(source, recipe.method().quantizer()))));
    }

    private Provenance provenance(TypeRequest typed) {
        return new Provenance(BuildVersion.number(), Provenance.options(typed) + request.options(), inputs());
    }

    @Override
    public String type() {
        return types.fileType().name();
    }

    @Override
    List<PlannedTensor> planned() {
        return job.plan();
    }

    @Override
    public long bytes() {
        return job.bytes(provenance(types));
    }

    @Override
    long workingBytes() {
        return job.workingBytes(settings.threads());
    }

    @Override
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>(source.warnings());
        importance.ifPresent(file -> warnings.addAll(file.warnings()));
        List<String> missing = job.withoutImportance();
        if (!missing.isEmpty()) {
            warnings.add(missing.size() + " tensors are missing in the importance matrix and quantized without: "
                    + String.join(", ", missing.subList(0, Math.min(NAMED_TENSORS, missing.size())))
                    + (missing.size() > NAMED_TENSORS ? ", …" : ""));
        }
        long quantized = job.plan().stream().filter(tensor -> !tensor.isCopy() && tensor.source().codec().blockSize() > 1).count();
        if (quantized > 0) {
            warnings.add(quantized + " tensors of the source are quantized already; start from the original for less loss");
        }
        return warnings;
    }

    @Override
    QuantizationReport run(Path target) throws IOException {
        QuantizationReport report = request.recipe().isPresent() ? calibrated(request.recipe().get(), target) : run(job, target);
        return fit.isPresent() ? report.with(fit.get().measured(model, source, target, settings)) : report;
    }

    private QuantizationReport run(QuantizationJob ready, Path target) throws IOException {
        return ready.run(target, settings.overwrite(), settings.threads(), provenance(types), settings.listener());
    }

    private QuantizationReport calibrated(Recipe recipe, Path target) throws IOException {
        try (GuidedRun run = GuidedRun.start(recipe, model, request.calibration(), settings, target,
                fingerprint(Provenance.options(types)))) {
            ScaleSearch.Result scaled = run.scaled(source, job::codec);
            LayerQuantizer layers = run.layers(recipe.algorithms(source, recipe.method().quantizer()), scaled);
            QuantizationReport report = run(job.by(layers, scaled.source()), target);
            run.finished(layers);
            return report;
        }
    }
}
