package dev.nibble.core.checkpoint.pytorch;

import dev.nibble.core.checkpoint.Limits;
import dev.nibble.core.checkpoint.pytorch.PickleValue.Global;
import dev.nibble.core.checkpoint.pytorch.PickleValue.Scalar;
import dev.nibble.core.checkpoint.pytorch.PickleValue.Storage;
import dev.nibble.core.checkpoint.pytorch.PickleValue.TensorView;
import dev.nibble.core.checkpoint.pytorch.PickleValue.Tuple;
import dev.nibble.core.tensor.Codec;
import dev.nibble.error.MalformedFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Interprets a pickle's calls: storages, which must be in the archive, and views, which must lie within their storage. */
final class PickleTensors {
    /** Makes an exception from code and reason. */
    @FunctionalInterface
    interface Wrong extends BiFunction<String, String, MalformedFileException> {}

    private final Function<String, OptionalLong> bytesOf;

    /** @param bytesOf size in bytes of the storage with that key, if it exists */
    PickleTensors(Function<String, OptionalLong> bytesOf) {
        this.bytesOf = bytesOf;
    }

    /** @param reference {@code ("storage", class, key, device, count)} */
    PickleValue storage(PickleValue reference, Wrong wrong) {
        List<PickleValue> parts = reference instanceof Tuple tuple ? tuple.items() : List.of();
        if (parts.size() < 5 || !parts.getFirst().equals(new Scalar("storage")) || parts.get(2).text().isEmpty()
                || parts.get(4).integer().isEmpty()) {
            throw wrong.apply("STORAGE", "a reference that is not to a storage");
        }
        String key = parts.get(2).text().get();
        long count = parts.get(4).integer().get();
        Codec codec = PickleGlobals.storage(parts.get(1))
                .orElseThrow(() -> wrong.apply("STORAGE", "storage " + shown(key) + " of no known class"));
        OptionalLong bytes = bytesOf.apply(key);
        if (bytes.isEmpty()) {
            throw wrong.apply("STORAGE_MISSING", "storage " + shown(key) + " is not in the archive");
        }
        if (count < 0 || bytes.getAsLong() % codec.blockBytes() != 0 || count != bytes.getAsLong() / codec.blockBytes()) {
            throw wrong.apply("STORAGE_SIZE",
                    "storage " + shown(key) + " should have " + count + " numbers of " + codec.name() + ", it has "
                            + bytes.getAsLong() + " bytes");
        }
        return new Storage(key, codec, count);
    }

    PickleValue call(Global function, List<PickleValue> arguments, Wrong wrong) {
        if (function.equals(PickleGlobals.REBUILD_PARAMETER) && arguments.size() == 3
                && arguments.getFirst() instanceof TensorView tensor) {
            return tensor;
        }
        if (function.equals(PickleGlobals.SIZE) && arguments.size() == 1 && arguments.getFirst() instanceof Tuple size) {
            return size;
        }
        boolean typed = function.equals(PickleGlobals.REBUILD_TYPED_TENSOR) && arguments.size() >= 7;
        boolean plain = function.equals(PickleGlobals.REBUILD_TENSOR) && arguments.size() >= 6;
        if (!(typed || plain) || !(arguments.getFirst() instanceof Storage storage)) {
            throw wrong.apply("CALL", function + " with " + arguments.size() + " arguments that do not suit it");
        }
        Optional<Codec> codec = typed ? PickleGlobals.type(arguments.get(6)) : Optional.of(storage.codec());
        Optional<Long> start = arguments.get(1).integer();
        if (codec.isEmpty() || start.isEmpty()) {
            throw wrong.apply("CALL", "a tensor in storage " + shown(storage.key()) + " of no known type or place");
        }
        List<Long> shape = numbers(arguments.get(2), wrong);
        List<Long> strides = numbers(arguments.get(3), wrong);
        if (shape.size() != strides.size() || shape.size() > Limits.RANK) {
            throw wrong.apply("TENSOR_SHAPE", shape.size() + " dimensions and " + strides.size() + " strides");
        }
        TensorView view = new TensorView(storage, codec.get(), start.get(), shape, strides);
        checkInStorage(view, wrong);
        return view;
    }

    private static List<Long> numbers(PickleValue value, Wrong wrong) {
        if (!(value instanceof Tuple tuple)) {
            throw wrong.apply("TENSOR_SHAPE", "sizes and strides of tensors must be tuples");
        }
        List<Long> numbers = new ArrayList<>();
        for (PickleValue item : tuple.items()) {
            numbers.add(item.integer()
                    .orElseThrow(() -> wrong.apply("TENSOR_SHAPE", "sizes and strides of tensors must be whole numbers")));
        }
        return numbers;
    }

    private static void checkInStorage(TensorView view, Wrong wrong) {
        Storage storage = view.storage();
        String what = "shape " + view.shape() + ", strides " + view.strides() + ", start " + view.start() + " in storage "
                + shown(storage.key())
                + " of " + storage.count() + " " + storage.codec().name();
        long inStorage = storage.count() * storage.codec().blockBytes() / view.codec().blockBytes();
        try {
            long numbers = 1;
            long last = view.start();
            long product = 1;
            for (int i = 0; i < view.shape().size(); i++) {
                long size = view.shape().get(i);
                long stride = view.strides().get(i);
                if (size < 0 || stride < 0) {
                    throw wrong.apply("TENSOR_OUT_OF_STORAGE", "negative size or stride: " + what);
                }
                numbers = Math.multiplyExact(numbers, size);
                product = Math.multiplyExact(product, Math.max(size, 1));
                last = Math.addExact(last, Math.multiplyExact(Math.max(size - 1, 0), stride));
            }
            if (view.start() < 0 || view.start() > inStorage || (numbers > 0 && last >= inStorage)) {
                throw wrong.apply("TENSOR_OUT_OF_STORAGE", what);
            }
            if (numbers > Math.max(inStorage, Limits.EXPANDED_NUMBERS)) {
                throw wrong.apply("TENSOR_TOO_LARGE", "expanded to " + numbers + " numbers: " + what);
            }
        } catch (ArithmeticException e) {
            MalformedFileException overflow = wrong.apply("TENSOR_OUT_OF_STORAGE", what);
            overflow.initCause(e);
            throw overflow;
        }
    }

    private static String shown(String key) {
        return "\"" + MalformedFileException.printable(key) + "\"";
    }
}
