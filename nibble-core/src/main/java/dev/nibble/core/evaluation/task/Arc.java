package dev.nibble.core.evaluation.task;

import dev.nibble.core.evaluation.EvaluationText;
import dev.nibble.text.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * School science questions (Clark et al. 2018) in Hugging Face's format: lines of {@code question}, {@code choices} with {@code text} and
 * {@code label}, and {@code answerKey}. Prompts as in lm-evaluation-harness.
 */
final class Arc implements Task {
    @Override
    public String name() {
        return "arc";
    }

    @Override
    public String format() {
        return "JSON lines of question, choices {text, label}, answerKey; easy or challenge";
    }

    @Override
    public Scoring scoring() {
        return Scoring.CHOICE;
    }

    @Override
    public List<Question> read(Path file) throws IOException {
        return EvaluationText.jsonLines(file).stream().map(Arc::question).toList();
    }

    private static Question question(Json line) {
        Json choices = line.require("choices");
        List<String> continuations = choices.require("text").elements().stream().map(Json::string).toList();
        List<String> labels = choices.require("label").elements().stream().map(Json::string).toList();
        int answer = labels.indexOf(line.require("answerKey").string());
        if (answer < 0 || labels.size() != continuations.size()) {
            throw line.require("answerKey").wrong("is none of the labels " + labels + " of " + continuations.size() + " choices");
        }
        return new Question("Question: " + line.require("question").string() + "\nAnswer:", continuations, answer);
    }
}
