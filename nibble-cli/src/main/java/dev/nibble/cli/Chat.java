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

/** A conversation, independent of its display. */
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

    /** Sets the system prompt; an empty text for none. */
    void system(String text) {
        system = Optional.of(text).filter(told -> !told.isBlank());
    }

    Optional<String> system() {
        return system;
    }

    /** The turns, without the system prompt. */
    List<Message> messages() {
        return Collections.unmodifiableList(messages);
    }

    /** Removes all turns; keeps the system prompt. */
    void clear() {
        messages.clear();
    }

    /** Removes the last question and its answer. @return the question */
    Optional<String> undo() {
        Optional<String> question = Optional.empty();
        while (!messages.isEmpty() && question.isEmpty()) {
            Message last = messages.removeLast();
            question = last.role().equals("user") ? last.content() : Optional.empty();
        }
        return question;
    }

    /**
     * Asks the model. A failed question is removed; an interrupted answer is kept.
     *
     * @param shown receives the answer as it is generated
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

    /** Stops the current answer, if there is one. */
    void stop() {
        running.ifPresent(Answer::cancel);
    }

    /** All turns, the system prompt first. */
    List<Message> all() {
        List<Message> all = new ArrayList<>();
        system.ifPresent(text -> all.add(Message.of("system", text)));
        all.addAll(messages);
        return all;
    }

    /** Note on an unexpected end of an answer. */
    static Optional<String> remark(FinishReason reason) {
        return switch (reason) {
            case END_OF_TEXT, STOP_STRING -> Optional.empty();
            case MAX_TOKENS -> Optional.of("stopped at the limit of -n");
            case CONTEXT_FULL -> Optional.of("the context is full: /clear starts over, --ctx sets a larger one");
            case CANCELLED -> Optional.of("stopped");
        };
    }
}
