package dev.nibble.core.plan;

import static dev.nibble.core.codec.MXFP4.MXFP4;
import static dev.nibble.core.codec.Q3_K.Q3_K;
import static dev.nibble.core.codec.Q4_K.Q4_K;
import static dev.nibble.core.codec.Q5_K.Q5_K;
import static dev.nibble.core.codec.Q6_K.Q6_K;
import static dev.nibble.core.codec.Q8_0.Q8_0;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.model.mapping.TensorName;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.TensorInfo;
import dev.nibble.error.Advice;
import dev.nibble.error.Setting;
import dev.nibble.error.UnsupportedException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Applies a {@link TypeRequest} to a model: one codec per tensor, by llama.cpp's rules, so that equal names mean equal files.
 *
 * <p>
 * Rules count the tensors of a role in the order of the given list, which must be that of the file written by llama-quantize.
 */
public final class TypePlanner {
    private static final List<String> NEVER = List.of("_norm.weight", "ffn_gate_inp.weight", "ffn_gate_inp_shexp.weight", "ssm_conv1d",
            "shortconv.conv.weight", "altup",
            "laurel", "per_layer_model_proj", "attn_rel_b.weight", ".position_embd", "time_mix_first.weight", "time_mix_w0.weight",
            "time_mix_w1.weight", "time_mix_w2.weight", "time_mix_lerp_fused.weight");
    private static final List<String> NEVER_WHOLE = List.of("position_embd.weight", "token_types.weight");

    private final TypeRequest request;
    private final ModelFacts model;
    private final Map<TensorRole, Integer> seen = new EnumMap<>(TensorRole.class);
    private int valuesSeen;
    private int values;

    private TypePlanner(TypeRequest request, ModelFacts model) {
        this.request = request;
        this.model = model;
    }

    /**
     * Chooses a codec for every tensor.
     *
     * @throws UnsupportedException if a pattern of the request matches no tensor, or a codec needs a missing importance matrix
     */
    public static List<PlannedTensor> plan(TypeRequest request, ModelFacts model, List<TensorInfo> tensors) {
        TypePlanner planner = new TypePlanner(request, model);
        planner.checkPatterns(tensors);
        planner.values = (int) tensors.stream().filter(tensor -> TensorRole.of(tensor.name()).holdsValues()).count();
        List<PlannedTensor> planned = new ArrayList<>();
        for (TensorInfo tensor : tensors) {
            planned.add(planner.plan(tensor));
        }
        return List.copyOf(planned);
    }

    /** Whether any tool quantizes such a tensor: a matrix of weights that is not a norm, a router or a table of positions. */
    public static boolean isQuantizable(TensorInfo tensor) {
        long matrixDimensions = tensor.shape().dimensions().stream().filter(dimension -> dimension > 1).count();
        String name = tensor.name();
        return tensor.shape().rank() >= 2 && matrixDimensions >= 2 && tensor.shape().count() > 0 && name.endsWith("weight")
                && NEVER.stream().noneMatch(name::contains) && !NEVER_WHOLE.contains(name);
    }

    /** Whether llama.cpp and Nibble refuse this codec for this tensor without an importance matrix. */
    public static boolean needsImportance(FileType fileType, String name, Codec codec) {
        TensorRole role = TensorRole.of(name);
        if (role == TensorRole.OUTPUT || role == TensorRole.TOKEN_EMBEDDING) {
            return false;
        }
        return fileType.needsImportance(codec);
    }

    private PlannedTensor plan(TensorInfo tensor) {
        if (!isQuantizable(tensor) || request.keep().stream().anyMatch(pattern -> pattern.matcher(tensor.name()).find())) {
            boolean inGguf = tensor.codec().ggufType().isPresent();
            return inGguf
                    ? new PlannedTensor(tensor, tensor.codec(), "")
                    : new PlannedTensor(tensor, Plain.F16, tensor.codec().name() + " is not a type of GGUF: F16 instead");
        }
        Codec wanted = wanted(tensor);
        Codec target = RowFallback.fitting(wanted, tensor.shape().columns());
        String note = target.equals(wanted)
                ? ""
                : "rows of " + tensor.shape().columns() + " do not fill blocks of " + wanted.blockSize() + ": " + target.name()
                        + " instead of "
                        + wanted.name();
        if (!model.importance() && needsImportance(request.fileType(), tensor.name(), target)) {
            throw new UnsupportedException(Advice.of("tensor %s as %s is garbage without an importance matrix; give %s, or choose a type of"
                    + " three bits or more", tensor.name(), target.name(), Setting.IMPORTANCE_MATRIX.any()));
        }
        return new PlannedTensor(tensor, target, note);
    }

    private Codec wanted(TensorInfo tensor) {
        TensorRole role = TensorRole.of(tensor.name());
        if (role == TensorRole.TOKEN_EMBEDDING && request.embedding().isPresent()) {
            return request.embedding().get();
        }
        if (role == TensorRole.OUTPUT && request.output().isPresent()) {
            return request.output().get();
        }
        for (TypeRequest.TensorChoice override : request.overrides()) {
            if (override.pattern().matcher(tensor.name()).find()) {
                return override.codec();
            }
        }
        boolean plain = request.fileType().base().blockSize() == 1;
        return request.pure() || plain ? request.fileType().base() : byMix(tensor, role);
    }

    private Codec byMix(TensorInfo tensor, TensorRole role) {
        if (role == TensorRole.OUTPUT || role == TensorRole.TOKEN_EMBEDDING && model.tied()) {
            return output(tensor);
        }
        FileType fileType = request.fileType();
        if (fileType.base().equals(MXFP4)) {
            return tensor.shape().rank() > 2 ? MXFP4 : Q8_0;
        }
        FileType.Place place = place(tensor, role);
        if (role == TensorRole.ATTENTION_QKV && request.classicFused() && fileType.hasRule(TensorRole.ATTENTION_QKV)) {
            return fileType.codec(TensorRole.ATTENTION_QKV, place);
        }
        Codec codec = fileType.codec(role.holdsValues() ? TensorRole.ATTENTION_VALUE : role, place);
        return fileType.isVeryLowBit() ? veryLowBitExperts(role, codec) : largeModels(role, codec);
    }

    /** The output matrix determines the logits: six bits unless a rule overrides it. */
    private Codec output(TensorInfo tensor) {
        if (request.output().isPresent()) {
            return request.output().get();
        }
        FileType fileType = request.fileType();
        if (fileType.base().equals(MXFP4) || model.isFalcon() || tensor.shape().columns() % fileType.base().blockSize() != 0) {
            return Q8_0;
        }
        return fileType.hasRule(TensorRole.OUTPUT) ? fileType.codec(TensorRole.OUTPUT, new FileType.Place(0, 1, model)) : Q6_K;
    }

    private Codec veryLowBitExperts(TensorRole role, Codec codec) {
        if (!model.hasEightExperts()) {
            return codec;
        }
        return switch (role) {
            case ATTENTION_KEY -> Q4_K;
            case ATTENTION_OUTPUT -> Q5_K;
            default -> codec;
        };
    }

    /** Better codecs for matrices that are small relative to the model. */
    private Codec largeModels(TensorRole role, Codec codec) {
        if (model.hasEightExperts()) {
            if (role.holdsValues() || role == TensorRole.ATTENTION_KEY) {
                return Q8_0;
            }
            if (role == TensorRole.ATTENTION_OUTPUT && !model.isFalcon()) {
                return request.fileType().keepsExpertOutput() ? Q5_K : request.fileType().base();
            }
        }
        boolean small = codec.equals(Q3_K) || codec.equals(Q4_K);
        return model.is70b() && role.holdsValues() && small ? Q5_K : codec;
    }

    private FileType.Place place(TensorInfo tensor, TensorRole role) {
        if (role.holdsValues()) {
            return new FileType.Place(valuesSeen++, values, model);
        }
        int index = seen.merge(role, 1, Integer::sum) - 1;
        if (model.experts() > 1) {
            // experts may be anywhere in the file, so only the name gives the layer
            index = new TensorName(tensor.name()).block().orElse(index);
        }
        return new FileType.Place(index, model.layers(), model);
    }

    private void checkPatterns(List<TensorInfo> tensors) {
        request.overrides().forEach(override -> checkPattern(override.pattern(), tensors));
        request.keep().forEach(pattern -> checkPattern(pattern, tensors));
    }

    private static void checkPattern(Pattern pattern, List<TensorInfo> tensors) {
        if (tensors.stream().noneMatch(tensor -> pattern.matcher(tensor.name()).find())) {
            throw new UnsupportedException("pattern " + pattern + " matches no tensor of this model; its tensors are "
                    + tensors.stream().limit(6).map(TensorInfo::name).toList() + " …");
        }
    }
}
