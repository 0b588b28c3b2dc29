package dev.nibble.core.evaluation.task;

import dev.nibble.core.evaluation.EvaluationText;
import dev.nibble.error.MalformedFileException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Continuations of everyday scenes (Zellers et al. 2019) in llama.cpp's format: six lines per question, which are context, index of the
 * right ending, and four endings.
 */
final class HellaSwag implements Task {
    private static final int LINES = 6;

    @Override
    public String name() {
        return "hellaswag";
    }

    @Override
    public String format() {
        return "six lines per question: context, index of the answer, four endings";
    }

    @Override
    public Scoring scoring() {
        return Scoring.CHOICE;
    }

    @Override
    public List<Question> read(Path file) throws IOException {
        List<String> lines = EvaluationText.content(file).lines().toList();
        if (lines.isEmpty() || lines.size() % LINES != 0) {
            throw new MalformedFileException("HELLASWAG_LINES", file, -1, "", lines.size() + " lines; a question takes " + LINES
                    + (lines.size() == 1 ? "; unpack it first if it is compressed" : ""));
        }
        List<Question> questions = new ArrayList<>();
        for (int i = 0; i < lines.size(); i += LINES) {
            String answer = lines.get(i + 1).strip();
            if (!answer.matches("[0-3]")) {
                throw new MalformedFileException("HELLASWAG_ANSWER", file, -1, "line " + (i + 2), "found \""
                        + MalformedFileException.printable(answer) + "\", expected 0 to 3");
            }
            questions.add(new Question(lines.get(i), lines.subList(i + 2, i + LINES), Integer.parseInt(answer)));
        }
        return questions;
    }
}
