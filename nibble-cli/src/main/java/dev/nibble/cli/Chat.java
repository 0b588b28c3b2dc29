package dev.nibble.cli;

import dev.nibble.Answer;
import dev.nibble.FinishReason;
import dev.nibble.Generation;
import dev.nibble.GenerationOptions;
import dev.nibble.LanguageModel;
import dev.nibble.text.template.Conversation;
import dev.nibble.text.template.Message;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** A conversation so far, and how to go on with it; wherever it is shown. */
final class Chat {
    private final LanguageModel model;
    private final List<Message> messages = new ArrayList<>();
    private Optional<String> system = Optional.empty();
    private GenerationOptions options;
    private volatile Optional<Answer> running = Optional.empty();

    Chat(LanguageModel model, GenerationOptions options) {
        this.model = model;
        this.options = options;
    }

    LanguageModel model() {
        return model;
    }

    GenerationOptions options() {
        return options;
    }

    void options(GenerationOptions changed) {
        options = changed;
    }

    /** What the model is told before the conversation; an empty text for nothing. */
    void system(String text) {
        system = Optional.of(text).filter(told -> !told.isBlank());
    }

    Optional<String> system() {
        return system;
    }

    /** The turns, without the system's. */
    List<Message> messages() {
        return Collections.unmodifiableList(messages);
    }

    /** Forgets the turns; what the system was told stays. */
    void clear() {
        messages.clear();
    }

    /** Takes the last question and its answer back. @return the question */
    Optional<String> undo() {
        Optional<String> question = Optional.empty();
        while (!messages.isEmpty() && question.isEmpty()) {
            Message last = messages.removeLast();
            question = last.role().equals("user") ? last.content() : Optional.empty();
        }
        return question;
    }

    /**
     * Asks the model. A question that fails is taken back; an answer that was stopped stays as far as it came.
     *
     * @param shown gets the answer as it comes
     */
    Generation ask(String question, Consumer<String> shown) {
        messages.add(Message.of("user", question));
        try {
            Answer answer = model.start(Conversation.of(all()), options);
            running = Optional.of(answer);
            Generation generation = answer.await(shown);
            messages.add(Message.of("assistant", generation.text()));
            return generation;
        } catch (RuntimeException e) {
            messages.removeLast();
            throw e;
        } finally {
            running = Optional.empty();
        }
    }

    /** Stops the answer that is on its way, if there is one. */
    void stop() {
        running.ifPresent(Answer::cancel);
    }

    /** All turns, the system's first. */
    List<Message> all() {
        List<Message> all = new ArrayList<>();
        system.ifPresent(text -> all.add(Message.of("system", text)));
        all.addAll(messages);
        return all;
    }

    /** Why an answer ended, where a reader would wonder. */
    static Optional<String> remark(FinishReason reason) {
        return switch (reason) {
            case END_OF_TEXT, STOP_STRING -> Optional.empty();
            case MAX_TOKENS -> Optional.of("as long as -n allows");
            case CONTEXT_FULL -> Optional.of("the context is full: /clear starts anew, a larger --ctx has more room");
            case CANCELLED -> Optional.of("stopped");
        };
    }
}
