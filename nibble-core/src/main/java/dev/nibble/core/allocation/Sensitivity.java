package dev.nibble.core.allocation;

import dev.nibble.ProgressListener;
import dev.nibble.core.conversion.ModelSource;
import dev.nibble.core.job.NonFinitePolicy;
import dev.nibble.core.job.QuantizationJob;
import dev.nibble.core.kernel.Stage;
import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.core.plan.FileType;
import dev.nibble.core.plan.FileTypes;
import dev.nibble.core.plan.PlannedTensor;
import dev.nibble.core.plan.TensorRole;
import dev.nibble.core.plan.TypeRequest;
import dev.nibble.core.tensor.Codec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Measures the sensitivity of each tensor to each type: the KL divergence with only that tensor quantized. Measured for {@link #MEASURED};
 * other types are interpolated or extrapolated, since the logarithm of the loss is nearly linear in the bits. Models with many tensors are
 * measured by groups: tensors of one role in an eighth of the layers.
 */
public final class Sensitivity {
    /** Candidate types, by their file types, smallest first. */
    public static final List<String> TYPES = List.of("Q2_K", "Q3_K_S", "Q4_K_S", "Q5_K_S", "Q6_K", "Q8_0");
    private static final List<String> MEASURED = List.of("Q2_K", "Q4_K_S", "Q6_K");
    private static final int MAX_GROUPS = 64;
    private static final int SLICES = 8;
    private static final int ALIGNMENT = 32;
    private static final double MIN_LOSS = 1e-9;

    private final Map<String, Map<String, PlannedTensor>> plans = new LinkedHashMap<>(); // by file type, then tensor
    private final List<List<String>> groups;

    /** Plans the measurements of a model without computing anything. */
    public Sensitivity(ModelSource source) {
        for (String name : TYPES) {
            FileType fileType = FileTypes.named(name);
            Map<String, PlannedTensor> plan = new LinkedHashMap<>();
            for (PlannedTensor tensor : new QuantizationJob(source, TypeRequest.pure(fileType), Optional.empty(), NonFinitePolicy.REFUSE)
                    .plan()) {
                if (tensor.target().blockSize() > 1) {
                    plan.put(tensor.source().name(), tensor);
                }
            }
            plans.put(name, plan);
        }
        groups = groups(plans.get(TYPES.getFirst()));
    }

    private static List<List<String>> groups(Map<String, PlannedTensor> plan) {
        if (plan.size() <= MAX_GROUPS) {
            return plan.keySet().stream().map(List::of).toList();
        }
        int layers = plan.keySet().stream().mapToInt(Sensitivity::layer).max().orElse(0) + 1;
        Map<String, List<String>> byPlace = new LinkedHashMap<>();
        for (String name : plan.keySet()) {
            String place = layer(name) < 0 ? name : TensorRole.of(name) + " " + layer(name) * SLICES / layers;
            byPlace.computeIfAbsent(place, any -> new ArrayList<>()).add(name);
        }
        return List.copyOf(byPlace.values());
    }

    private static int layer(String name) {
        return new TensorName(name).block().orElse(-1);
    }

    /** Number of runs of the model over the text. */
    public int measurements() {
        return groups.size() * MEASURED.size();
    }

    /** Measures. @return candidates of each group of tensors */
    public List<List<Candidate>> measure(DivergenceMeter meter, ProgressListener listener) throws IOException {
        List<List<Candidate>> candidates = new ArrayList<>();
        Stage stage = new Stage(listener, "measuring tensors", "measurements", measurements());
        for (List<String> group : groups) {
            double[] bits = new double[MEASURED.size()];
            double[] losses = new double[MEASURED.size()];
            for (int i = 0; i < bits.length; i++) {
                Candidate measured = candidate(group, MEASURED.get(i), 0);
                bits[i] = (double) measured.bytes();
                losses[i] = Math.log(Math.max(MIN_LOSS, meter.meanKl(measured.types())));
                stage.advance(group.getFirst(), 1);
            }
            candidates.add(TYPES.stream().map(type -> {
                Candidate unknown = candidate(group, type, 0);
                return new Candidate(unknown.types(), unknown.bytes(), Math.exp(interpolated(bits, losses, (double) unknown.bytes())));
            }).toList());
        }
        return candidates;
    }

    private Candidate candidate(List<String> group, String type, double loss) {
        Map<String, Codec> types = new LinkedHashMap<>();
        long bytes = 0;
        for (String name : group) {
            PlannedTensor tensor = plans.get(type).get(name);
            types.put(name, tensor.target());
            bytes += Math.ceilDiv(tensor.result().bytes(), ALIGNMENT) * ALIGNMENT;
        }
        return new Candidate(types, bytes, loss);
    }

    /** Interpolates linearly between the two nearest of three points, which may coincide. */
    static double interpolated(double[] x, double[] y, double at) {
        int from = at <= x[1] ? 0 : 1;
        double width = x[from + 1] - x[from];
        return width <= 0 ? y[from] : y[from] + (y[from + 1] - y[from]) * (at - x[from]) / width;
    }
}
