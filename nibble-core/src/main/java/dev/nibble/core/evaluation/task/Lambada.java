package dev.nibble.core.evaluation.task;

import dev.nibble.core.evaluation.EvaluationText;
import dev.nibble.text.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Prediction of a passage's last word, which needs the whole passage (Paperno et al. 2016): lines of {@code text}. */
final class Lambada implements Task {
    @Override
    public String name() {
        return "lambada";
    }

    @Override
    public String format() {
        return "JSON lines of text, whose last word is to be predicted";
    }

    @Override
    public Scoring scoring() {
        return Scoring.EXACT;
    }

    @Override
    public List<Question> read(Path file) throws IOException {
        return EvaluationText.jsonLines(file).stream().map(Lambada::question).toList();
    }

    private static Question question(Json line) {
        String text = line.require("text").string().strip();
        int blank = text.lastIndexOf(' ');
        if (blank < 0) {
            throw line.require("text").wrong("is a single word");
        }
        return new Question(text.substring(0, blank), List.of(text.substring(blank + 1)), 0);
    }
}
