package dev.nibble.core.pipeline;

import dev.nibble.QuantizationReport;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.fold.ScaleSearch;
import dev.nibble.core.job.LayerQuantizer;
import dev.nibble.core.job.QuantizedDirectoryJob;
import dev.nibble.core.plan.PlannedTensor;
import dev.nibble.core.recipe.MethodRequest;
import dev.nibble.core.recipe.Recipe;
import dev.nibble.core.recipe.Scheme;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Quantization by a method into a Hugging Face directory. */
final class DirectoryJob extends PlannedJob {
    private final Recipe recipe;
    private final MethodRequest asked;
    private final QuantizedDirectoryJob job;

    private DirectoryJob(Path model, ModelSource source, QuantizationRequest request, JobSettings settings, Recipe recipe,
            MethodRequest asked, QuantizedDirectoryJob job) {
        super(model, source, request, settings);
        this.recipe = recipe;
        this.asked = asked;
        this.job = job;
    }

    static DirectoryJob of(Path model, ModelSource source, QuantizationRequest request, JobSettings settings) throws IOException {
        Recipe recipe = request.recipe().orElseThrow();
        MethodRequest asked = recipe.directory(source).keeping(request.types().keep());
        QuantizedDirectoryJob unscaled = new QuantizedDirectoryJob(source, model, asked);
        ModelSource scaled = ScaleSearch.unsearched(source, recipe.method().scaling(), unscaled::codec);
        return new DirectoryJob(model, source, request, settings, recipe, asked,
                scaled == source ? unscaled : new QuantizedDirectoryJob(scaled, model, asked));
    }

    @Override
    public String type() {
        return asked.format().layout().name();
    }

    @Override
    List<PlannedTensor> planned() {
        return job.plan();
    }

    @Override
    public long bytes() {
        return job.bytes();
    }

    @Override
    long workingBytes() {
        return job.workingBytes();
    }

    @Override
    public List<String> warnings() {
        return source.warnings();
    }

    @Override
    QuantizationReport run(Path target) throws IOException {
        recipe.scheme().filter(scheme -> !scheme.note().isEmpty()).ifPresent(this::say);
        boolean replace = settings.overwrite() || Files.exists(JobFiles.beside(target).journal()); // of an interrupted run
        try (GuidedRun run = GuidedRun.start(recipe, model, request.calibration(), settings, target,
                fingerprint("--keep " + request.types().keep()))) {
            ScaleSearch.Result scaled = run.scaled(source, job::codec);
            LayerQuantizer layers = run.layers(recipe.algorithms(source, asked.quantizer()).each(asked.format()::around), scaled);
            QuantizationReport report = new QuantizedDirectoryJob(scaled.source(), model, asked).run(target, replace, layers,
                    settings.listener());
            run.finished(layers);
            if (asked.format().hasStaticInputs()) {
                settings.listener().note("each layer has one static activation scale, from the largest magnitude in calibration");
            }
            return report;
        }
    }

    private void say(Scheme scheme) {
        settings.listener().note("scheme " + scheme.name() + ": " + scheme.note());
    }
}
