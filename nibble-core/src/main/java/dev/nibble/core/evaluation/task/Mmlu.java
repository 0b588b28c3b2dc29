package dev.nibble.core.evaluation.task;

import dev.nibble.core.evaluation.EvaluationText;
import dev.nibble.text.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Questions on 57 subjects (Hendrycks et al. 2021) in Hugging Face's format: lines of {@code question}, {@code choices} and {@code answer},
 * an index. The choices are part of the question; the continuations are their letters. No examples in the prompt (0-shot).
 */
final class Mmlu implements Task {
    private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    @Override
    public String name() {
        return "mmlu";
    }

    @Override
    public String format() {
        return "JSON lines of question, choices, answer (an index), and optionally subject";
    }

    @Override
    public Scoring scoring() {
        return Scoring.CHOICE;
    }

    @Override
    public List<Question> read(Path file) throws IOException {
        return EvaluationText.jsonLines(file).stream().map(Mmlu::question).toList();
    }

    private static Question question(Json line) {
        List<Json> choices = line.require("choices").elements();
        if (choices.isEmpty() || choices.size() > LETTERS.length()) {
            throw line.require("choices").wrong(choices.size() + " choices, expected 1 to " + LETTERS.length());
        }
        StringBuilder context = new StringBuilder();
        line.get("subject").ifPresent(subject -> context.append("The following are multiple choice questions (with answers) about ")
                .append(subject.string().replace('_', ' ')).append(".\n\n"));
        context.append(line.require("question").string().strip()).append('\n');
        for (int i = 0; i < choices.size(); i++) {
            context.append(LETTERS.charAt(i)).append(". ").append(choices.get(i).string()).append('\n');
        }
        List<String> letters = LETTERS.substring(0, choices.size()).chars().mapToObj(Character::toString).toList();
        return new Question(context.append("Answer:").toString(), letters, line.require("answer").whole(0, choices.size() - 1));
    }
}
