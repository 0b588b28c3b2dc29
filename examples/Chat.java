import dev.nibble.GenerationOptions;
import dev.nibble.LanguageModel;
import dev.nibble.text.template.ChatTemplate;
import dev.nibble.text.template.Message;

/** Holds a conversation: every prompt contains the answers so far. */
void main(String[] arguments) throws IOException {
    GenerationOptions options = GenerationOptions.DEFAULTS.withMaxTokens(30);
    try (LanguageModel loaded = LanguageModel.load(Path.of(arguments[0]))) {
        LanguageModel model = loaded.hasChatTemplate() ? loaded : loaded.with(ChatTemplate.builtIn("chatml"));
        List<Message> conversation = new ArrayList<>();
        for (String question : List.of("Tell me of a cat.", "And what did the dog do?")) {
            conversation.add(Message.of("user", question));
            IO.println("> " + question);
            String answer = model.chat(conversation, options, IO::print).text();
            IO.println();
            conversation.add(Message.of("assistant", answer));
        }
    }
}
