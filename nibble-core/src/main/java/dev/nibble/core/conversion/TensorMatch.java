package dev.nibble.core.conversion;

import dev.nibble.core.tensor.Shape;
import dev.nibble.error.MalformedFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Compares the tensors of a checkpoint with those its model needs, and reports all differences at once. */
final class TensorMatch {
    private static final int MAX_SHOWN = 20;

    private final Path file;
    private final Map<String, Shape> present;
    private final TreeSet<String> unknown;
    private final List<String> missing = new ArrayList<>();
    private final List<String> wrong = new ArrayList<>();

    /** @param present the tensors of the checkpoint */
    TensorMatch(Path file, Map<String, Shape> present) {
        this.file = file;
        this.present = present;
        this.unknown = new TreeSet<>(present.keySet());
    }

    /** Notes that the model has a tensor of this name and shape. @return whether the checkpoint has it too */
    boolean expect(String name, Shape shape, boolean required) {
        unknown.remove(name);
        Shape found = present.get(name);
        if (found == null) {
            if (required) {
                missing.add(name);
            }
            return false;
        }
        if (!found.equals(shape)) {
            wrong.add(MalformedFileException.printable(name) + " " + found + " instead of " + shape);
        }
        return true;
    }

    /** Notes that a tensor is known but unused. */
    void ignore(String name) {
        unknown.remove(name);
    }

    /** @throws MalformedFileException unless everything fits */
    void check() {
        List<String> complaints = new ArrayList<>();
        complain("missing", missing, complaints);
        complain("of the wrong shape", wrong, complaints);
        complain("unknown", unknown.stream().map(MalformedFileException::printable).toList(), complaints);
        if (!complaints.isEmpty()) {
            String code = !missing.isEmpty() ? "TENSOR_MISSING" : !wrong.isEmpty() ? "TENSOR_SHAPE" : "TENSOR_UNKNOWN";
            throw new MalformedFileException(code, file, -1, "",
                    "the tensors do not match the model's configuration; " + String.join("; ", complaints));
        }
    }

    private static void complain(String what, List<String> names, List<String> complaints) {
        if (!names.isEmpty()) {
            String more = names.size() > MAX_SHOWN ? ", …" : "";
            complaints
                    .add(names.size() + " " + what + ": " + String.join(", ", names.subList(0, Math.min(MAX_SHOWN, names.size()))) + more);
        }
    }
}
