package dev.nibble.core.evaluation.task;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A benchmark: the format its questions come in, and how they are put to a model. */
public interface Task {
    /** What a right answer is. */
    enum Scoring {
        /** The right ending is likelier than the others. */
        CHOICE,
        /** The only ending is what the model itself would say. */
        EXACT
    }

    String name();

    /** The files it reads, in a line. */
    String format();

    Scoring scoring();

    /** @throws dev.nibble.error.MalformedFileException if the file is not in the format */
    List<Question> read(Path file) throws IOException;
}
