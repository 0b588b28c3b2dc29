package dev.nibble.core.evaluation.task;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A benchmark: the format of its questions and their scoring. */
public interface Task {
    /** Definition of a right answer. */
    enum Scoring {
        /** The right continuation is more probable than the others. */
        CHOICE,
        /** The only continuation equals the model's greedy answer. */
        EXACT
    }

    String name();

    /** Description of its files, one line. */
    String format();

    Scoring scoring();

    /** @throws dev.nibble.error.MalformedFileException if the file is not in the format */
    List<Question> read(Path file) throws IOException;
}
