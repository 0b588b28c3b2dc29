package dev.nibble.core;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.nibble.Evaluation;
import dev.nibble.LanguageModel;
import dev.nibble.MemoryEstimate;
import dev.nibble.ModelFile;
import dev.nibble.Progress;
import dev.nibble.ProgressListener;
import dev.nibble.Quantization;
import dev.nibble.QuantizationPlan;
import dev.nibble.QuantizationReport;
import dev.nibble.TensorPlan;
import dev.nibble.TensorResult;
import dev.nibble.TimeEstimate;

/** The arrows of docs/architecture.md: a package may only use those below it. */
@AnalyzeClasses(packages = "dev.nibble.core", importOptions = ImportOption.DoNotIncludeTests.class)
class LayersTest {
    private static final String CORE = "dev.nibble.core.";

    /** The packages of the library, and those each may use. */
    @ArchTest
    static final ArchRule ARROWS = layeredArchitecture().consideringOnlyDependenciesInLayers()
            .layer("tensor").definedBy(CORE + "tensor..")
            .layer("codec").definedBy(CORE + "codec")
            .layer("encode").definedBy(CORE + "codec.encode..")
            .layer("x86").definedBy(CORE + "x86..")
            .layer("checkpoint").definedBy(CORE + "checkpoint..")
            .layer("layout").definedBy(CORE + "layout..")
            .layer("kernel").definedBy(CORE + "kernel..")
            .layer("linalg").definedBy(CORE + "linalg..")
            .layer("quantization").definedBy(CORE + "quantization..")
            .layer("calibration").definedBy(CORE + "calibration..")
            .layer("backend").definedBy(CORE + "backend..")
            .layer("mapping").definedBy(CORE + "model.mapping..")
            .layer("model").definedBy(CORE + "model")
            .layer("architecture").definedBy(CORE + "model.architecture..")
            .layer("conversion").definedBy(CORE + "conversion..")
            .layer("plan").definedBy(CORE + "plan..")
            .layer("recipe").definedBy(CORE + "recipe..")
            .layer("fold").definedBy(CORE + "fold..")
            .layer("job").definedBy(CORE + "job..")
            .layer("inference").definedBy(CORE + "inference..")
            .layer("evaluation").definedBy(CORE + "evaluation..")
            .layer("allocation").definedBy(CORE + "allocation..")
            .layer("pipeline").definedBy(CORE + "pipeline..")
            .whereLayer("tensor").mayNotAccessAnyLayer()
            .whereLayer("codec").mayOnlyAccessLayers("tensor")
            .whereLayer("x86").mayNotAccessAnyLayer()
            .whereLayer("kernel").mayOnlyAccessLayers("tensor")
            .whereLayer("linalg").mayOnlyAccessLayers("kernel", "x86")
            .whereLayer("encode").mayOnlyAccessLayers("tensor", "codec", "x86")
            .whereLayer("checkpoint").mayOnlyAccessLayers("tensor", "codec")
            .whereLayer("layout").mayOnlyAccessLayers("tensor", "codec", "linalg", "checkpoint")
            .whereLayer("backend").mayOnlyAccessLayers("tensor", "codec", "kernel", "x86")
            .whereLayer("quantization").mayOnlyAccessLayers("tensor", "codec", "kernel", "linalg")
            .whereLayer("mapping").mayOnlyAccessLayers("tensor", "checkpoint")
            .whereLayer("model").mayOnlyAccessLayers("tensor", "kernel", "mapping")
            .whereLayer("architecture").mayOnlyAccessLayers("tensor", "checkpoint", "mapping", "model")
            .whereLayer("conversion").mayOnlyAccessLayers("tensor", "codec", "checkpoint", "layout", "mapping", "architecture")
            .whereLayer("plan").mayOnlyAccessLayers("tensor", "codec", "checkpoint", "mapping")
            .whereLayer("recipe").mayOnlyAccessLayers("tensor", "codec", "layout", "quantization", "mapping", "conversion", "plan")
            .whereLayer("inference")
            .mayOnlyAccessLayers("tensor", "codec", "kernel", "checkpoint", "backend", "mapping", "model", "architecture", "conversion")
            .whereLayer("calibration")
            .mayOnlyAccessLayers("tensor", "codec", "kernel", "checkpoint", "quantization", "mapping", "model", "inference")
            .whereLayer("fold")
            .mayOnlyAccessLayers("tensor", "codec", "kernel", "layout", "quantization", "mapping", "architecture", "conversion", "recipe")
            .whereLayer("job")
            .mayOnlyAccessLayers("tensor", "codec", "encode", "kernel", "checkpoint", "layout", "quantization", "calibration", "mapping",
                    "conversion", "plan", "recipe", "fold")
            .whereLayer("evaluation").mayOnlyAccessLayers("tensor", "codec", "kernel", "checkpoint", "mapping", "model", "inference")
            .whereLayer("allocation")
            .mayOnlyAccessLayers("tensor", "codec", "kernel", "mapping", "model", "conversion", "inference", "evaluation", "plan", "job")
            .whereLayer("pipeline").mayNotBeAccessedByAnyLayer();

    /** What core and programs both speak of: data and listeners in dev.nibble, which know nothing below. */
    private static final Class<?>[] SHARED_WORDS = {ProgressListener.class, Progress.class, QuantizationPlan.class,
        QuantizationReport.class,
        QuantizationReport.Fit.class, QuantizationReport.Fit.Point.class, QuantizationReport.TypeSummary.class, TensorPlan.class,
        TensorResult.class, MemoryEstimate.class, TimeEstimate.class};

    /** The library's doors stand on everything; nothing below goes through them. */
    @ArchTest
    static final ArchRule DOORS_ON_TOP = noClasses().that().resideInAPackage("dev.nibble.core..")
            .should().dependOnClassesThat(belongToAnyOf(LanguageModel.class, Quantization.class, Evaluation.class, ModelFile.class));

    @ArchTest
    static void sharedWordsKnowNothingBelow(JavaClasses unused) {
        noClasses().should().dependOnClassesThat().resideInAPackage("dev.nibble.core..")
                .check(new ClassFileImporter().importClasses(SHARED_WORDS));
    }

    @ArchTest
    static final ArchRule VECTORS_IN_ONE_PLACE = noClasses()
            .that().resideOutsideOfPackages(CORE + "codec.encode.simd..", CORE + "backend.vector..")
            .should().dependOnClassesThat().resideInAPackage("jdk.incubator.vector..");

    @ArchTest
    static final ArchRule FOREIGN_FUNCTIONS_IN_ONE_PLACE = noClasses().that().resideOutsideOfPackage(CORE + "x86.machine..")
            .should().dependOnClassesThat().haveFullyQualifiedName("java.lang.foreign.Linker");

    /** The machine is asked what it is in one place. */
    @ArchTest
    static final ArchRule NO_TERMINAL = noClasses().that().resideOutsideOfPackage(CORE + "x86.machine..").should()
            .accessField(System.class, "out").orShould().accessField(System.class, "err")
            .orShould().callMethod(System.class, "getProperty", String.class).orShould().callMethod(System.class, "getenv", String.class)
            .orShould().callMethod(System.class, "exit", int.class);

    @ArchTest
    static final ArchRule NO_SERIALIZED_OBJECTS = noClasses().should().dependOnClassesThat()
            .haveFullyQualifiedName("java.io.ObjectInputStream").orShould().dependOnClassesThat()
            .haveFullyQualifiedName("java.lang.ProcessBuilder");
}
