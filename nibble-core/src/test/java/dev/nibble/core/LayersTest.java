package dev.nibble.core;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.nibble.MemoryEstimate;
import dev.nibble.Progress;
import dev.nibble.ProgressListener;
import dev.nibble.QuantizationPlan;
import dev.nibble.QuantizationReport;
import dev.nibble.TensorPlan;
import dev.nibble.TensorResult;
import dev.nibble.TimeEstimate;

/** The arrows of docs/architecture.md: a package may only use those below it. */
@AnalyzeClasses(packages = "dev.nibble.core", importOptions = ImportOption.DoNotIncludeTests.class)
class LayersTest {
    private static final String CORE = "dev.nibble.core.";

    @ArchTest
    static final ArchRule ARROWS = layeredArchitecture().consideringOnlyDependenciesInLayers()
            .layer("tensor").definedBy(CORE + "tensor..")
            .layer("json").definedBy(CORE + "json..")
            .layer("template").definedBy(CORE + "template..")
            .layer("codec").definedBy(CORE + "codec")
            .layer("simd").definedBy(CORE + "codec.simd..")
            .layer("x86").definedBy(CORE + "x86..")
            .layer("checkpoint").definedBy(CORE + "checkpoint..")
            .layer("kernel").definedBy(CORE + "kernel..")
            .layer("linalg").definedBy(CORE + "linalg..")
            .layer("quantization").definedBy(CORE + "quantization..")
            .layer("calibration").definedBy(CORE + "calibration..")
            .layer("backend").definedBy(CORE + "backend..")
            .layer("model").definedBy(CORE + "model")
            .layer("architecture").definedBy(CORE + "model.architecture..")
            .layer("tokenizer").definedBy(CORE + "tokenizer..")
            .layer("conversion").definedBy(CORE + "conversion..")
            .layer("sampling").definedBy(CORE + "sampling..")
            .layer("grammar").definedBy(CORE + "grammar..")
            .layer("recipe").definedBy(CORE + "recipe..")
            .layer("inference").definedBy(CORE + "inference..")
            .optionalLayer("evaluation").definedBy(CORE + "evaluation..")
            .layer("fitting").definedBy(CORE + "fitting..")
            .layer("pipeline").definedBy(CORE + "pipeline..")
            .whereLayer("pipeline").mayNotBeAccessedByAnyLayer()
            .whereLayer("fitting").mayOnlyBeAccessedByLayers("pipeline")
            .whereLayer("evaluation").mayOnlyBeAccessedByLayers("fitting", "pipeline")
            .whereLayer("recipe").mayOnlyBeAccessedByLayers("evaluation", "fitting", "pipeline")
            .whereLayer("calibration").mayOnlyBeAccessedByLayers("recipe", "pipeline")
            .whereLayer("quantization").mayOnlyBeAccessedByLayers("calibration", "recipe", "evaluation", "pipeline")
            .whereLayer("quantization").mayOnlyAccessLayers("tensor", "codec", "kernel", "linalg")
            .whereLayer("linalg").mayOnlyAccessLayers("kernel", "x86")
            .whereLayer("inference").mayOnlyBeAccessedByLayers("calibration", "evaluation", "fitting", "pipeline")
            .whereLayer("conversion").mayOnlyBeAccessedByLayers("inference", "recipe", "evaluation", "fitting", "pipeline")
            .whereLayer("tokenizer").mayOnlyBeAccessedByLayers("conversion", "inference", "calibration", "recipe", "evaluation", "pipeline")
            .whereLayer("architecture").mayOnlyBeAccessedByLayers("conversion", "inference", "recipe", "evaluation")
            .whereLayer("model").mayOnlyBeAccessedByLayers("architecture", "conversion", "inference", "calibration", "recipe",
                    "evaluation", "fitting", "pipeline")
            .whereLayer("backend").mayOnlyBeAccessedByLayers("inference", "evaluation", "pipeline")
            .whereLayer("kernel").mayOnlyBeAccessedByLayers("linalg", "quantization", "backend", "model", "architecture", "inference",
                    "calibration", "recipe", "evaluation", "fitting", "pipeline")
            .whereLayer("checkpoint").mayOnlyBeAccessedByLayers("model", "architecture", "conversion", "inference", "calibration",
                    "recipe", "evaluation", "pipeline")
            .whereLayer("grammar").mayOnlyBeAccessedByLayers("tokenizer", "inference")
            .whereLayer("sampling").mayOnlyBeAccessedByLayers("grammar", "inference")
            .whereLayer("grammar").mayOnlyAccessLayers("sampling", "json")
            .whereLayer("sampling").mayNotAccessAnyLayer()
            .whereLayer("x86").mayOnlyBeAccessedByLayers("simd", "linalg", "backend")
            .whereLayer("x86").mayNotAccessAnyLayer()
            .whereLayer("template").mayNotAccessAnyLayer()
            .whereLayer("json").mayNotAccessAnyLayer()
            .whereLayer("tokenizer").mayOnlyAccessLayers("json", "grammar")
            .whereLayer("simd").mayOnlyBeAccessedByLayers("recipe")
            .whereLayer("codec").mayOnlyBeAccessedByLayers("simd", "checkpoint", "quantization", "backend", "model",
                    "architecture", "conversion", "inference", "calibration", "recipe", "evaluation", "fitting", "pipeline");

    /** Templates, tokenizers, grammars, sampling and JSON work without the rest: of it they know the exceptions alone. */
    @ArchTest
    static final ArchRule TEXT_ALONE = noClasses()
            .that().resideInAnyPackage(CORE + "template..", CORE + "tokenizer..", CORE + "grammar..", CORE + "sampling..", CORE + "json..")
            .should().dependOnClassesThat(resideInAPackage("dev.nibble..")
                    .and(not(resideInAnyPackage("dev.nibble.core", CORE + "template..", CORE + "tokenizer..", CORE + "grammar..",
                            CORE + "sampling..", CORE + "json.."))));

    /** What core and programs both speak of: data and listeners in dev.nibble, which know nothing below. */
    private static final Class<?>[] SHARED_WORDS = {ProgressListener.class, Progress.class, QuantizationPlan.class, QuantizationReport.class,
        QuantizationReport.Fit.class, QuantizationReport.Fit.Point.class, QuantizationReport.TypeSummary.class, TensorPlan.class,
        TensorResult.class, MemoryEstimate.class, TimeEstimate.class};

    @ArchTest
    static final ArchRule PROGRAMS_SEE_ONE_PACKAGE_ON_TOP = noClasses().that().resideInAPackage("dev.nibble.core..")
            .should().dependOnClassesThat(resideInAPackage("dev.nibble").and(not(belongToAnyOf(SHARED_WORDS))));

    @ArchTest
    static void sharedWordsKnowNothingBelow(JavaClasses unused) {
        noClasses().should().dependOnClassesThat().resideInAPackage("dev.nibble.core..")
                .check(new ClassFileImporter().importClasses(SHARED_WORDS));
    }

    @ArchTest
    static final ArchRule VECTORS_IN_ONE_PLACE = noClasses()
            .that().resideOutsideOfPackages(CORE + "codec.simd..", CORE + "backend.vector..")
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
