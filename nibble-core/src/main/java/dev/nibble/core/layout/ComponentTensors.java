package dev.nibble.core.layout;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.codec.ScaleFormat;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.error.MalformedFileException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The stored tensors of one module, by the end of their names; shape and type are checked.
 *
 * @param module    such as {@code model.layers.0.mlp.up_proj}
 * @param separator between the module's name and the part's
 */
record ComponentTensors(Checkpoint file, String module, String separator) {
    static final List<Plain> SCALES = List.of(Plain.F16, Plain.BF16, Plain.F32);

    /** Separated by a dot, the common case. */
    public ComponentTensors(Checkpoint file, String module) {
        this(file, module, ".");
    }

    public boolean has(String part) {
        return file.names().contains(name(part));
    }

    private String name(String part) {
        return module + separator + part;
    }

    /** A non-empty tensor of one of these types. */
    Tensor tensor(String part, Plain... formats) {
        if (!has(part)) {
            throw new MalformedFileException("LAYOUT_MISSING", file.path(), -1, name(part),
                    "is missing; the layer is quantized and needs it");
        }
        Tensor tensor = file.tensor(name(part));
        if (!List.of(formats).contains(tensor.codec())) {
            throw wrong(part, "LAYOUT_TYPE", "is " + tensor.codec().name() + ", expected "
                    + Arrays.stream(formats).map(Plain::name).collect(Collectors.joining(" or ")));
        }
        if (tensor.data().byteSize() == 0) {
            throw wrong(part, "LAYOUT_SHAPE", "has no numbers: " + tensor.shape());
        }
        return tensor;
    }

    /** A matrix of one of these types. */
    Tensor matrix(String part, Plain... formats) {
        Tensor tensor = tensor(part, formats);
        Shape shape = tensor.shape();
        if (shape.rank() != 2 || shape.rows() > Integer.MAX_VALUE || shape.columns() > Integer.MAX_VALUE) {
            throw wrong(part, "LAYOUT_SHAPE", "has shape " + shape + ", expected a matrix");
        }
        return tensor;
    }

    /** A tensor of this shape. */
    Tensor shaped(String part, Shape shape, Plain... formats) {
        Tensor tensor = tensor(part, formats);
        if (!tensor.shape().equals(shape)) {
            throw wrong(part, "LAYOUT_SHAPE", "has shape " + tensor.shape() + ", expected " + shape + " beside the layer's other tensors");
        }
        return tensor;
    }

    /** A tensor of {@code count} elements of any shape. */
    Tensor counted(String part, long count, Plain... formats) {
        Tensor tensor = tensor(part, formats);
        if (tensor.shape().count() != count) {
            throw wrong(part, "LAYOUT_SHAPE", "has shape " + tensor.shape() + ", expected " + count + " numbers");
        }
        return tensor;
    }

    /** Scales: finite floats. */
    FloatMatrix scales(String part, Shape shape) {
        return finite(part, shaped(part, shape, SCALES.toArray(Plain[]::new)));
    }

    /** The elements of a tensor of floats, checked to be finite. */
    FloatMatrix finite(String part, Tensor tensor) {
        FloatMatrix floats = new FloatMatrix(tensor);
        floats.firstNotFinite().ifPresent(at -> {
            throw wrong(part, "LAYOUT_RANGE", "number " + at + " is not finite");
        });
        return floats;
    }

    static ScaleFormat scaleFormat(Tensor tensor) {
        return ScaleFormat.valueOf(tensor.codec().name());
    }

    /** An error about one of the module's tensors. */
    MalformedFileException wrong(String part, String code, String reason) {
        String name = name(part);
        return new MalformedFileException(code, file.file(name), file.offset(name), name, reason);
    }
}
