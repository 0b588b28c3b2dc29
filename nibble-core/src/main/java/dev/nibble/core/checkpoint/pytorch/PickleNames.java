package dev.nibble.core.checkpoint.pytorch;

import dev.nibble.core.checkpoint.FileTensor;
import dev.nibble.core.checkpoint.Limits;
import dev.nibble.core.checkpoint.io.MappedFile;
import dev.nibble.core.checkpoint.io.Utf8;
import dev.nibble.core.checkpoint.pytorch.PickleValue.Array;
import dev.nibble.core.checkpoint.pytorch.PickleValue.Dictionary;
import dev.nibble.core.checkpoint.pytorch.PickleValue.Global;
import dev.nibble.core.checkpoint.pytorch.PickleValue.None;
import dev.nibble.core.checkpoint.pytorch.PickleValue.Scalar;
import dev.nibble.core.checkpoint.pytorch.PickleValue.Storage;
import dev.nibble.core.checkpoint.pytorch.PickleValue.TensorView;
import dev.nibble.core.checkpoint.pytorch.PickleValue.Tuple;
import dev.nibble.error.MalformedFileException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;

/** Names everything in a pickle: the keys on the path to it, joined by dots. */
final class PickleNames {
    private final MappedFile file;
    private final ToLongFunction<TensorView> storageOffset;
    private final Map<String, FileTensor> tensors = new LinkedHashMap<>();
    private final Map<String, Object> metadata = new LinkedHashMap<>();
    private final Set<PickleValue> path = Collections.newSetFromMap(new IdentityHashMap<>());
    private long left;

    /** @param pickleBytes size of the pickle; each object takes at least a byte, so only repeated sharing can exceed it */
    PickleNames(MappedFile file, long pickleBytes, ToLongFunction<TensorView> storageOffset) {
        this.file = file;
        this.left = pickleBytes;
        this.storageOffset = storageOffset;
    }

    Map<String, FileTensor> tensors() {
        return tensors;
    }

    Map<String, Object> metadata() {
        return metadata;
    }

    void add(PickleValue root) {
        add("", root);
    }

    private void add(String name, PickleValue value) {
        if (--left < 0) {
            throw wrong("PICKLE_TOO_MANY_OBJECTS", name, "lists and dictionaries that are shared over and over");
        }
        switch (value) {
            case TensorView view -> tensor(name.isEmpty() ? "tensor" : name, view);
            case Scalar scalar -> fact(name, scalar.value());
            case Global global -> fact(name, global.toString());
            case Dictionary dictionary ->
                inside(name, dictionary, () -> dictionary.entries.forEach((key, item) -> add(joined(name, key), item)));
            case Array array -> inside(name, array, () -> items(name, array.items));
            case Tuple tuple -> inside(name, tuple, () -> items(name, tuple.items()));
            case Storage storage -> throw wrong("PICKLE_STORAGE", name, "a storage without a tensor: " + storage.key());
            case None none -> fact(name, none.name());
        }
    }

    private void inside(String name, PickleValue container, Runnable work) {
        if (path.size() == Limits.PICKLE_DEPTH) {
            throw wrong("PICKLE_TOO_DEEP", name, "more than " + Limits.PICKLE_DEPTH + " levels of lists and dictionaries");
        }
        if (!path.add(container)) {
            throw wrong("PICKLE_CYCLE", name, "contains itself");
        }
        work.run();
        path.remove(container);
    }

    private void items(String name, List<PickleValue> items) {
        if (items.stream().allMatch(item -> item instanceof Scalar)) {
            fact(name, items.stream().map(item -> ((Scalar) item).value()).toList());
            return;
        }
        for (int i = 0; i < items.size(); i++) {
            add(name.isEmpty() ? String.valueOf(i) : name + "." + i, items.get(i));
        }
    }

    private static String joined(String name, PickleValue key) {
        String last = key instanceof Scalar scalar ? String.valueOf(scalar.value()) : "None";
        return name.isEmpty() ? last : name + "." + last;
    }

    private void tensor(String name, TensorView view) {
        if (name.indexOf(0) >= 0 || Utf8.encode(name).length > Limits.NAME_BYTES) {
            throw wrong("PYTORCH_NAME", name, "a tensor's name must not contain NUL or have more than " + Limits.NAME_BYTES + " bytes");
        }
        if (tensors.size() == Limits.TENSORS) {
            throw wrong("PYTORCH_TOO_MANY_TENSORS", name, "more than " + Limits.TENSORS + " tensors");
        }
        if (tensors.putIfAbsent(name, new StridedTensor(name, view, file, storageOffset.applyAsLong(view))) != null) {
            throw wrong("PYTORCH_DUPLICATE_TENSOR", name, "two tensors have this name when dictionaries are joined with dots");
        }
    }

    private void fact(String name, Object value) {
        if (!(value instanceof byte[])) {
            metadata.putIfAbsent(name, value);
        }
    }

    private MalformedFileException wrong(String code, String name, String reason) {
        return new MalformedFileException(code, file.path(), -1, name, reason);
    }
}
