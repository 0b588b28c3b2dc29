package dev.nibble.core.checkpoint.pytorch;

import dev.nibble.core.checkpoint.pytorch.PickleValue.Global;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.tensor.Codec;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The few names that a pickle may mention, compared exactly. All others are refused on sight. */
final class PickleGlobals {
    static final Global ORDERED_DICT = new Global("collections", "OrderedDict");
    static final Global REBUILD_TENSOR = new Global("torch._utils", "_rebuild_tensor_v2");
    static final Global REBUILD_TYPED_TENSOR = new Global("torch._utils", "_rebuild_tensor_v3");
    static final Global REBUILD_PARAMETER = new Global("torch._utils", "_rebuild_parameter");
    static final Global SIZE = new Global("torch", "Size");
    private static final Set<Global> FUNCTIONS = Set.of(ORDERED_DICT, REBUILD_TENSOR, REBUILD_TYPED_TENSOR, REBUILD_PARAMETER, SIZE);
    private static final Set<Global> TENSOR_OBJECTS = Set.of(new Global("torch._tensor", "_rebuild_from_type_v2"),
            new Global("torch._utils", "_rebuild_wrapper_subclass"));
    private static final Map<Global, Codec> STORAGES = storages();
    private static final Map<Global, Codec> TYPES = types();

    private PickleGlobals() {}

    static boolean allows(Global global) {
        return FUNCTIONS.contains(global) || STORAGES.containsKey(global) || TYPES.containsKey(global);
    }

    /** Whether the name pickles a tensor that is an object of a library's class, like torchao's weights. */
    static boolean isTensorObject(Global global) {
        return TENSOR_OBJECTS.contains(global) || global.module().startsWith("torchao.");
    }

    /** The element type of a storage class. */
    static Optional<Codec> storage(PickleValue global) {
        return global instanceof Global name ? Optional.ofNullable(STORAGES.get(name)) : Optional.empty();
    }

    /** The element type of a {@code torch.dtype}. */
    static Optional<Codec> type(PickleValue global) {
        return global instanceof Global name ? Optional.ofNullable(TYPES.get(name)) : Optional.empty();
    }

    private static Map<Global, Codec> storages() {
        Map<Global, Codec> storages = new HashMap<>();
        Map.of("Double", Plain.F64, "Float", Plain.F32, "Half", Plain.F16, "BFloat16", Plain.BF16, "Long", Plain.I64, "Int", Plain.I32,
                "Short", Plain.I16, "Char", Plain.I8, "Byte", Plain.U8, "Bool", Plain.BOOL)
                .forEach((name, codec) -> storages.put(new Global("torch", name + "Storage"), codec));
        storages.put(new Global("torch.storage", "UntypedStorage"), Plain.U8);
        storages.put(new Global("torch", "UntypedStorage"), Plain.U8);
        return storages;
    }

    private static Map<Global, Codec> types() {
        Map<Global, Codec> types = new HashMap<>();
        Map.of("float64", Plain.F64, "float32", Plain.F32, "float16", Plain.F16, "bfloat16", Plain.BF16, "float8_e4m3fn", Plain.F8_E4M3,
                "float8_e5m2", Plain.F8_E5M2, "float8_e8m0fnu", Plain.F8_E8M0, "bool", Plain.BOOL)
                .forEach((name, codec) -> types.put(new Global("torch", name), codec));
        Map.of("int64", Plain.I64, "int32", Plain.I32, "int16", Plain.I16, "int8", Plain.I8, "uint64", Plain.U64, "uint32", Plain.U32,
                "uint16",
                Plain.U16, "uint8", Plain.U8).forEach((name, codec) -> types.put(new Global("torch", name), codec));
        return types;
    }
}
