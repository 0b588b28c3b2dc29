package dev.nibble.core.evaluation.task;

import dev.nibble.ProgressListener;
import dev.nibble.TaskResult;
import dev.nibble.core.kernel.Stage;
import dev.nibble.core.model.Model;
import dev.nibble.core.tensor.Codec;
import dev.nibble.text.tokenizer.Tokenizer;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** Runs a task's questions through a model and counts the right answers. */
public final class TaskRun {
    private TaskRun() {}

    /** Runs all questions; progress counts questions. */
    public static TaskResult of(Task task, List<Question> questions, Model model, Tokenizer tokenizer, Codec kvCodec,
            ProgressListener listener) {
        if (questions.isEmpty()) {
            throw new IllegalArgumentException("no questions");
        }
        int[] right = new int[3];
        double sum = 0;
        double squares = 0;
        Stage stage = new Stage(listener, task.name(), "questions", questions.size());
        try (ChoiceScorer scorer = new ChoiceScorer(model, tokenizer, kvCodec)) {
            for (Question question : questions) {
                List<EndingScore> scores = scorer.scores(question);
                boolean exact = task.scoring() == Task.Scoring.EXACT;
                boolean best = best(scores, EndingScore::logProbability) == question.answer();
                right[0] += (exact ? scores.getFirst().greedy() : best) ? 1 : 0;
                right[1] += best(scores, score -> score.logProbability() / score.bytes()) == question.answer() ? 1 : 0;
                right[2] += best(scores, EndingScore::meanDifferent) == question.answer() ? 1 : 0;
                double logProbability = scores.get(question.answer()).logProbability();
                sum += logProbability;
                squares += logProbability * logProbability;
                stage.advance(1);
            }
        }
        return result(task, questions.size(), right, sum, squares);
    }

    private static TaskResult result(Task task, int count, int[] right, double sum, double squares) {
        TaskResult.Share accuracy = TaskResult.Share.of(right[0], count);
        if (task.scoring() == Task.Scoring.CHOICE) {
            return new TaskResult(task.name(), count, accuracy, TaskResult.Share.of(right[1], count), TaskResult.Share.of(right[2], count),
                    OptionalDouble.empty(),
                    OptionalDouble.empty());
        }
        double mean = sum / count;
        double error = count > 1 ? Math.sqrt(Math.max(0, squares / count - mean * mean) / (count - 1)) : 0;
        return new TaskResult(task.name(), count, accuracy, accuracy, accuracy, OptionalDouble.of(Math.exp(-mean)),
                OptionalDouble.of(error * Math.exp(-mean)));
    }

    /** Index of the best ending, the first of equals. */
    private static int best(List<EndingScore> scores, ToDoubleFunction<EndingScore> by) {
        int best = 0;
        for (int i = 1; i < scores.size(); i++) {
            if (by.applyAsDouble(scores.get(i)) > by.applyAsDouble(scores.get(best))) {
                best = i;
            }
        }
        return best;
    }
}
