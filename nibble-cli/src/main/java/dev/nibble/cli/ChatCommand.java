package dev.nibble.cli;

import dev.nibble.LanguageModel;
import dev.nibble.core.evaluation.EvaluationText;
import dev.nibble.text.template.BuiltInTemplates;
import dev.nibble.text.template.ChatTemplate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code nibble chat}: a conversation with a model. */
@Command(name = "chat", mixinStandardHelpOptions = true, sortOptions = false, description = "Chats with a model. A terminal has history and commands (/help); otherwise every line of standard input is one turn.")
final class ChatCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "MODEL", description = "A GGUF file, or a Hugging Face directory.")
    private Path model;

    @Option(names = {"-sys", "--system"}, paramLabel = "TEXT", description = "System prompt.")
    private Optional<String> system = Optional.empty();

    @Option(names = "--chat-template", paramLabel = "NAME", description = "Built-in chat template instead of the model's own: ${COMPLETION-CANDIDATES}.", completionCandidates = TemplateNames.class)
    private Optional<String> templateName = Optional.empty();

    @Option(names = "--chat-template-file", paramLabel = "FILE", description = "Jinja template instead of the model's own.")
    private Optional<Path> templateFile = Optional.empty();

    @Mixin
    private SamplingFlags sampling;

    @Mixin
    private ModelOptions options;

    /** Names for help and completion. */
    static final class TemplateNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return BuiltInTemplates.names().iterator();
        }
    }

    @Override
    public Integer call() throws IOException {
        templateName.filter(name -> !BuiltInTemplates.names().contains(name)).ifPresent(name -> {
            throw new ParameterException(spec.commandLine(), "--chat-template is " + name + "; there are "
                    + String.join(", ", BuiltInTemplates.names()));
        });
        try (LanguageModel loaded = LanguageModel.load(model, options.load(), options.session())) {
            Warnings.print(loaded, options.context());
            Chat chat = new Chat(withTemplate(loaded), sampling.generation());
            system.ifPresent(chat::system);
            if (onTerminal()) {
                new ChatTerminal(chat, model).run();
            } else {
                new ChatPipe(chat).run(System.in, System.out);
            }
            return 0;
        }
    }

    @SuppressWarnings("SystemConsoleNull") // null again since JDK 25 if input or output is not a terminal
    private static boolean onTerminal() {
        return System.console() != null && System.console().isTerminal();
    }

    private LanguageModel withTemplate(LanguageModel loaded) throws IOException {
        if (templateFile.isPresent()) {
            return loaded.with(ChatTemplate.of(EvaluationText.content(templateFile.get())));
        }
        if (templateName.isPresent()) {
            return loaded.with(ChatTemplate.builtIn(templateName.get()));
        }
        if (loaded.hasChatTemplate()) {
            return loaded;
        }
        StandardError.warning("the model has no chat template, so it may not be trained for chat; using chatml"
                + " (--chat-template chooses another)");
        return loaded.with(ChatTemplate.builtIn("chatml"));
    }
}
