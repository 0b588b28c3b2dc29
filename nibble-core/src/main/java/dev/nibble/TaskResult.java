package dev.nibble;

import dev.nibble.core.evaluation.task.ChoiceScorer;
import dev.nibble.core.evaluation.task.EndingScore;
import dev.nibble.core.evaluation.task.Question;
import dev.nibble.core.evaluation.task.Task;
import dev.nibble.core.kernel.Stage;
import dev.nibble.core.model.Model;
import dev.nibble.core.tensor.Codec;
import dev.nibble.text.tokenizer.Tokenizer;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/**
 * How well a model answered. Of each share of right answers p, the standard error is {@code √(p (1 − p) / (questions − 1))}.
 *
 * @param accuracy         right answers, endings compared by their log-probability; for {@link Task.Scoring#EXACT}, answers that the model
 *                         itself would have given
 * @param byByte           compared by log-probability per byte of UTF-8: {@code acc_norm} of lm-evaluation-harness, which counts
 *                         characters, the same in ASCII
 * @param byToken          compared by mean log-probability of the tokens from where the endings part on: the score of llama.cpp's
 *                         {@code --hellaswag}
 * @param perplexity       e^(mean of −log-probability of the right ending), for {@link Task.Scoring#EXACT}
 */
public record TaskResult(String task, int questions, Share accuracy, Share byByte, Share byToken, OptionalDouble perplexity,
        OptionalDouble perplexityError) {
    /** A share of right answers, and its standard error. */
    public record Share(double value, double error) {
        static Share of(int right, int questions) {
            double share = (double) right / questions;
            return new Share(share, questions > 1 ? Math.sqrt(share * (1 - share) / (questions - 1)) : 0);
        }
    }

    /** Puts all questions; progress counts questions. */
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
        Share accuracy = Share.of(right[0], count);
        if (task.scoring() == Task.Scoring.CHOICE) {
            return new TaskResult(task.name(), count, accuracy, Share.of(right[1], count), Share.of(right[2], count),
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
