package dev.nibble;

import dev.nibble.core.codec.Plain;
import dev.nibble.core.inference.ChatPrompt;
import dev.nibble.core.inference.LoadedModel;
import dev.nibble.core.inference.LogSoftmax;
import dev.nibble.core.inference.LogitsRun;
import dev.nibble.core.inference.ReadAhead;
import dev.nibble.core.inference.Scheduler;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Stage;
import dev.nibble.core.model.Batch;
import dev.nibble.core.model.KvCache;
import dev.nibble.error.UnsupportedException;
import dev.nibble.text.template.BuiltInTemplates;
import dev.nibble.text.template.ChatTemplate;
import dev.nibble.text.template.Conversation;
import dev.nibble.text.template.Message;
import dev.nibble.text.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * A model with its tokenizer: text in, text out. Thread-safe: answers requested by several threads are computed in one batch.
 *
 * <pre>{@code
 * try (LanguageModel model = LanguageModel.load(Path.of("model.gguf"))) {
 *     System.out.println(model.generate("Once upon a time", GenerationOptions.DEFAULTS.withMaxTokens(50)).text());
 * }
 * }</pre>
 */
public final class LanguageModel implements AutoCloseable {
    private static final int BATCH = 512; // tokens

    private final LoadedModel model;
    private final Tokenizer tokenizer;
    private final Scheduler scheduler;
    private final ReadAhead readAhead;
    private final Optional<ChatTemplate> chosenTemplate;
    private Optional<ChatPrompt> chat = Optional.empty(); // created with the first conversation; guarded by this

    private LanguageModel(LoadedModel model, Tokenizer tokenizer, Scheduler scheduler, ReadAhead readAhead) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.scheduler = scheduler;
        this.readAhead = readAhead;
        this.chosenTemplate = Optional.empty();
    }

    private LanguageModel(LanguageModel other, ChatTemplate template) {
        this.model = other.model;
        this.tokenizer = other.tokenizer;
        this.scheduler = other.scheduler;
        this.readAhead = other.readAhead;
        this.chosenTemplate = Optional.of(template);
    }

    private static ChatPrompt chatPrompt(Tokenizer tokenizer, ChatTemplate template) {
        OptionalInt bos = tokenizer.special().bos();
        OptionalInt eos = tokenizer.special().eos();
        return new ChatPrompt(tokenizer, template.withTokens(bos.isPresent() ? tokenizer.token(bos.getAsInt()) : "",
                eos.isPresent() ? tokenizer.token(eos.getAsInt()) : ""));
    }

    /**
     * Opens a model with the fastest backend, on all cores, for several concurrent answers if memory allows.
     *
     * @param path a GGUF file, or a Hugging Face directory
     */
    public static LanguageModel load(Path path) throws IOException {
        return load(path, LoadOptions.defaults(), SessionOptions.DEFAULTS);
    }

    /**
     * Opens a model.
     *
     * @throws dev.nibble.error.MalformedFileException if a file is broken or lacks a tensor or key of the model
     * @throws UnsupportedException                   if Nibble does not support the family or the tokenizer, or memory is too small for the
     *                                                sequences
     */
    public static LanguageModel load(Path path, LoadOptions options, SessionOptions sessions) throws IOException {
        LoadedModel model = LoadedModel.open(path, options);
        ReadAhead readAhead = ReadAhead.of(model.mappedWeights());
        try {
            Tokenizer tokenizer = model.openTokenizer(options.listener()::warning);
            return new LanguageModel(model, tokenizer, new Scheduler(model, tokenizer, sessions), readAhead);
        } catch (Throwable e) {
            readAhead.close();
            model.close();
            throw e;
        }
    }

    /** The file or directory the model was loaded from. */
    public Path path() {
        return model.path();
    }

    /** Context length the model was trained for, in tokens. */
    public int context() {
        return model.context();
    }

    /** Length of the vectors that {@link #embed} returns. */
    public int dimension() {
        return model.hidden();
    }

    /** The underlying network, for Nibble's own modules. */
    @SuppressWarnings("exports")
    public LoadedModel model() {
        return model;
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /** Memory of the sequences. */
    public MemoryPlan plan() {
        return scheduler.plan();
    }

    /** Continues a text and waits for the end. */
    public Generation generate(String prompt, GenerationOptions options) {
        return start(prompt, options).await();
    }

    /** Continues a text. @param shown receives the text as it comes, on this thread */
    public Generation stream(String prompt, GenerationOptions options, Consumer<String> shown) {
        return start(prompt, options).await(shown);
    }

    /** Starts an answer that continues a text. The text is never parsed as control tokens. */
    public Answer start(String prompt, GenerationOptions options) {
        return start(tokenizer.encode(prompt, true, false), options);
    }

    /** Starts an answer that continues a sequence of tokens. */
    public Answer start(int[] prompt, GenerationOptions options) {
        return scheduler.submit(prompt, options);
    }

    /** Whether the model's files have a chat template. */
    public boolean hasChatTemplate() {
        return chosenTemplate.isPresent() || tokenizer.chatTemplate().isPresent();
    }

    /** The same model with another chat template. Closing either closes both. */
    public LanguageModel with(ChatTemplate template) {
        return new LanguageModel(this, template);
    }

    /** Answers the last turn of a conversation and waits for the end. */
    public Generation chat(List<Message> messages, GenerationOptions options) {
        return start(Conversation.of(messages), options).await();
    }

    /** Answers the last turn of a conversation. @param shown receives the text as it comes, on this thread */
    public Generation chat(List<Message> messages, GenerationOptions options, Consumer<String> shown) {
        return start(Conversation.of(messages), options).await(shown);
    }

    /**
     * Starts an answer to the last turn of a conversation. Its text is never parsed as control tokens; the template's own are.
     *
     * @throws UnsupportedException                         if the model has no chat template
     * @throws dev.nibble.text.template.TemplateException if the template refuses the conversation
     */
    public Answer start(Conversation conversation, GenerationOptions options) {
        return start(prompt(conversation), options);
    }

    /** The prompt of a conversation, as tokens. */
    public int[] prompt(Conversation conversation) {
        return chatPrompt().ids(conversation);
    }

    /** The prompt of a conversation, as text. */
    public String promptText(Conversation conversation) {
        return chatPrompt().text(conversation);
    }

    private synchronized ChatPrompt chatPrompt() {
        if (chat.isEmpty()) {
            ChatTemplate template = chosenTemplate.or(() -> tokenizer.chatTemplate().map(ChatTemplate::of))
                    .orElseThrow(() -> new UnsupportedException(model.path() + " has no chat template; there are "
                            + String.join(", ", BuiltInTemplates.names())));
            chat = Optional.of(chatPrompt(tokenizer, template));
        }
        return chat.get();
    }

    /** The embedding of a text: a vector of length 1. */
    public float[] embed(String text, Pooling pooling) {
        int[] ids = tokenizer.encode(text, true, false);
        if (ids.length == 0) {
            throw new IllegalArgumentException("an empty text has no embedding");
        }
        Matrix states = Matrix.of(ids.length, model.hidden());
        try (KvCache cache = new KvCache(model.kvShape(), Plain.F32, ids.length)) {
            compute(cache, ids, states);
        }
        return Pooling.normalised(pooling.pool(states));
    }

    /** The log-probability of each token of a text given those before it; the first token has none. */
    public List<TokenProbability> logProbabilities(String text) {
        int[] ids = tokenizer.encode(text, true, false);
        List<TokenProbability> list = new ArrayList<>();
        if (ids.length < 2) {
            return list;
        }
        new LogitsRun(model, List.of(ids), 1, Plain.F32).run((window, position, logits, row) -> {
            int id = ids[position];
            list.add(new TokenProbability(id, tokenizer.token(id),
                    logits.data()[logits.at(row) + id] - LogSoftmax.logSum(logits.data(), logits.at(row), logits.columns())));
        }, Stage.silent());
        return list;
    }

    /** A token of a text and the natural logarithm of its probability. */
    public record TokenProbability(int id, String token, double logProbability) {}

    private void compute(KvCache cache, int[] ids, Matrix states) {
        for (int from = 0; from < ids.length; from += BATCH) {
            int[] batch = Arrays.copyOfRange(ids, from, Math.min(from + BATCH, ids.length));
            model.forward(Batch.of(cache, batch), states.slice(from, batch.length));
        }
    }

    @Override
    public void close() {
        scheduler.close();
        tokenizer.close();
        readAhead.close();
        model.close();
    }
}
