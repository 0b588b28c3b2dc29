package dev.nibble.core.evaluation.task;

import dev.nibble.core.evaluation.EvaluationText;
import dev.nibble.error.MalformedFileException;
import dev.nibble.text.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Physical common sense (Bisk et al. 2020): lines of {@code goal}, {@code sol1}, {@code sol2}, and {@code label}; or the labels, 0 or 1,
 * line by line in {@code NAME-labels.lst} beside {@code NAME.jsonl}. Prompts as in lm-evaluation-harness.
 */
final class Piqa implements Task {
    @Override
    public String name() {
        return "piqa";
    }

    @Override
    public String format() {
        return "JSON lines of goal, sol1, sol2, and label; or labels in NAME-labels.lst beside NAME.jsonl";
    }

    @Override
    public Scoring scoring() {
        return Scoring.CHOICE;
    }

    @Override
    public List<Question> read(Path file) throws IOException {
        List<Json> lines = EvaluationText.jsonLines(file);
        List<Integer> labels = labels(file, lines);
        List<Question> questions = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            Json line = lines.get(i);
            questions.add(new Question("Question: " + line.require("goal").string() + "\nAnswer:",
                    List.of(line.require("sol1").string(), line.require("sol2").string()), labels.get(i)));
        }
        return questions;
    }

    private static List<Integer> labels(Path file, List<Json> lines) throws IOException {
        if (lines.stream().allMatch(line -> line.has("label"))) {
            return lines.stream().map(line -> line.require("label").whole(0, 1)).toList();
        }
        Path beside = file.resolveSibling(file.getFileName().toString().replaceFirst("\\.jsonl$", "") + "-labels.lst");
        if (!Files.exists(beside)) {
            throw new MalformedFileException("PIQA_LABELS", file, -1, "", "has no \"label\", and there is no " + beside.getFileName());
        }
        List<String> labels = EvaluationText.content(beside).lines().map(String::strip).toList();
        if (labels.size() != lines.size()) {
            throw new MalformedFileException("PIQA_LABELS", beside, -1, "", labels.size() + " labels for " + lines.size() + " questions");
        }
        for (int i = 0; i < labels.size(); i++) {
            if (!labels.get(i).matches("[01]")) {
                throw new MalformedFileException("PIQA_LABELS", beside, -1, "line " + (i + 1), "found \""
                        + MalformedFileException.printable(labels.get(i)) + "\", expected 0 or 1");
            }
        }
        return labels.stream().map(Integer::valueOf).toList();
    }
}
