package dev.nibble.text.tokenizer;

import dev.nibble.error.UnsupportedException;
import dev.nibble.text.json.Json;
import dev.nibble.text.tokenizer.GgufVocabulary.Token;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The tokenizer in a Hugging Face directory: the first of a byte-level tokenizer.json, SentencePiece's or tiktoken's tokenizer.model,
 * another tokenizer.json, vocab.json with merges.txt, and a tiktoken file.
 */
public final class TokenizerDirectory {
    private static final Json.Limits VOCAB_LIMITS = new Json.Limits("TOKENIZER", 256L << 20, 4, 1 << 16);
    private static final int LLAMA3_RANKS = 128_000;
    private static final int QWEN_RANKS = 151_643;
    private static final float ADDED = -1000;
    private static final float UNUSED = -10_000;

    private final Path directory;
    private final int rows;
    private final Consumer<String> warnings;
    private final TokenizerSettings settings;

    private TokenizerDirectory(Path directory, int rows, Consumer<String> warnings) throws IOException {
        this.directory = directory;
        this.rows = rows;
        this.warnings = warnings;
        this.settings = new TokenizerSettings(directory, warnings);
    }

    /**
     * Reads the vocabulary; a directory without a tokenizer gives an empty one and a warning.
     *
     * @param rows     number of rows of the model's embedding, to which the vocabulary is padded; no id may be beyond
     * @param warnings receives one line for each fact that GGUF cannot express
     */
    public static GgufVocabulary read(Path directory, int rows, Consumer<String> warnings) throws IOException {
        return new TokenizerDirectory(directory, rows, warnings).read();
    }

    /** Reads one file, of SentencePiece or of tiktoken whatever its name, with the settings beside it. */
    static GgufVocabulary readFile(Path file, Consumer<String> warnings) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        TokenizerDirectory reader = new TokenizerDirectory(directory, Vocabulary.AS_MANY_AS_THERE_ARE, warnings);
        return TiktokenRanks.recognizes(file) ? reader.tiktoken(file) : reader.sentencePiece(file, Optional.empty());
    }

    private GgufVocabulary read() throws IOException {
        Path json = directory.resolve("tokenizer.json");
        Path model = directory.resolve("tokenizer.model");
        Path vocab = directory.resolve("vocab.json");
        Path merges = directory.resolve("merges.txt");
        boolean hasModel = Files.isRegularFile(model);
        Optional<TokenizerJson> tokenizer = Optional.empty();
        if (Files.isRegularFile(json)) {
            try {
                tokenizer = Optional.of(TokenizerJson.read(json, warnings));
            } catch (UnsupportedException e) {
                if (!hasModel) {
                    throw e;
                }
            }
        }
        if (tokenizer.isPresent() && tokenizer.get().isByteLevel()) {
            return byteLevel(tokenizer.get());
        }
        if (hasModel) {
            return TiktokenRanks.recognizes(model) ? tiktoken(model) : sentencePiece(model, tokenizer);
        }
        if (tokenizer.isPresent()) {
            return scored(tokenizer.get());
        }
        if (Files.isRegularFile(vocab) && Files.isRegularFile(merges)) {
            return vocabAndMerges(vocab, merges);
        }
        Optional<Path> tiktoken = tiktokenFile();
        if (tiktoken.isPresent()) {
            return tiktoken(tiktoken.get());
        }
        warnings.accept("no tokenizer in " + directory + ": the file has no vocabulary, and programs that need one refuse it");
        return GgufVocabulary.none();
    }

    private Optional<Path> tiktokenFile() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".tiktoken")).sorted().findFirst();
        }
    }

    private GgufVocabulary byteLevel(TokenizerJson tokenizer) throws IOException {
        Vocabulary vocabulary = tokenizer.vocabulary(rows);
        settings.addTokens(vocabulary);
        tokenizer.checkAlphabet(vocabulary);
        return finish(GgufVocabulary.BYTE_LEVEL, tokenizer.pre(settings.cleansSpaces()), vocabulary, vocabulary.byteLevelTokens(),
                tokenizer.merges(vocabulary).lines(), Optional.of(tokenizer), Map.of());
    }

    private GgufVocabulary scored(TokenizerJson tokenizer) throws IOException {
        if (!tokenizer.escapesSpaces() && !tokenizer.isCharacters()) {
            throw new UnsupportedException(tokenizer.file().file() + ": BPE that neither works on bytes nor writes spaces as ▁ cannot be"
                    + " expressed in GGUF");
        }
        Vocabulary vocabulary = tokenizer.vocabulary(rows);
        settings.addTokens(vocabulary);
        List<Token> tokens = tokenizer.scoredTokens(vocabulary, tokenizer.merges(vocabulary));
        Map<String, Boolean> flags = Map.of("add_space_prefix", settings.prefixesSpace().orElse(tokenizer.prefixesSpace()));
        return finish(GgufVocabulary.SENTENCE_PIECE, PreTokenizers.UNKNOWN, vocabulary, tokens, List.of(), Optional.of(tokenizer), flags);
    }

    private GgufVocabulary sentencePiece(Path file, Optional<TokenizerJson> tokenizer) throws IOException {
        SentencePieceModel model = SentencePieceModel.read(file);
        List<Token> pieces = model.pieces();
        if (pieces.size() > rows) {
            warnings.accept(file.getFileName() + " has " + pieces.size() + " pieces for " + rows + " rows: the last ones are left out");
            pieces = pieces.subList(0, rows);
        }
        Vocabulary vocabulary = new Vocabulary(rows);
        for (int id = 0; id < pieces.size(); id++) {
            vocabulary.learn(id, pieces.get(id).text());
        }
        vocabulary.allowReplacing(warnings);
        settings.addTokens(vocabulary);
        Map<Integer, Vocabulary.Added> configured = new LinkedHashMap<>(vocabulary.added());
        tokenizer.ifPresent(t -> t.addTokens(vocabulary));
        List<Token> tokens = new ArrayList<>(vocabulary.rows());
        for (int id = 0; id < vocabulary.rows(); id++) {
            boolean added = configured.containsKey(id) || (id >= pieces.size() && vocabulary.added().containsKey(id));
            TokenType type = added ? vocabulary.type(id) : TokenType.NORMAL;
            if (added) {
                tokens.add(new Token(Vocabulary.spelled(vocabulary.texts().get(id), type), ADDED, type));
            } else {
                tokens.add(id < pieces.size() ? pieces.get(id) : Vocabulary.unused(id, UNUSED));
            }
        }
        Map<String, Boolean> flags = new LinkedHashMap<>();
        flags.put("add_space_prefix", settings.prefixesSpace().orElse(model.prefixed()));
        if (model.unigram()) {
            flags.put("remove_extra_whitespaces", model.squeezed());
        }
        GgufVocabulary result = finish(model.unigram() ? GgufVocabulary.UNIGRAM : GgufVocabulary.SENTENCE_PIECE, PreTokenizers.UNKNOWN,
                vocabulary, tokens, List.of(), tokenizer, flags);
        return model.unigram() ? result.withCharsMap(model.charsMap()) : result;
    }

    private GgufVocabulary tiktoken(Path file) throws IOException {
        TiktokenRanks ranks = TiktokenRanks.read(file);
        Vocabulary vocabulary = new Vocabulary(rows);
        List<Token> tokens = ranks.tokens();
        if (tokens.size() > rows) {
            throw new UnsupportedException(file + ": " + tokens.size() + " tokens for an embedding of " + rows + " rows");
        }
        for (int id = 0; id < tokens.size(); id++) {
            vocabulary.learn(id, tokens.get(id).text());
        }
        settings.addTokens(vocabulary);
        String pre = switch (tokens.size()) {
            case LLAMA3_RANKS -> "llama-bpe";
            case QWEN_RANKS -> "qwen2";
            default -> PreTokenizers.UNKNOWN;
        };
        if (pre.equals(PreTokenizers.UNKNOWN)) {
            warnings.accept(file.getFileName() + " does not say how text is split: tokenizer.ggml.pre is \"default\"");
        }
        if (vocabulary.added().isEmpty() && vocabulary.rows() > tokens.size()) {
            warnings.accept(file.getFileName() + " names no special tokens, and no tokenizer_config.json does: they are [PADn]");
        }
        return finish(GgufVocabulary.BYTE_LEVEL, pre, vocabulary, vocabulary.byteLevelTokens(), ranks.merges(), Optional.empty(), Map.of());
    }

    private GgufVocabulary vocabAndMerges(Path vocabFile, Path mergesFile) throws IOException {
        Vocabulary vocabulary = new Vocabulary(rows);
        Json vocab = Json.read(vocabFile, VOCAB_LIMITS);
        vocabulary.learn(vocab);
        settings.addTokens(vocabulary);
        List<String> lines = Files.readString(mergesFile, StandardCharsets.UTF_8).lines()
                .filter(line -> !line.isEmpty() && !line.startsWith("#version")).toList();
        for (int i = 0; i < lines.size(); i++) {
            String[] parts = lines.get(i).split(" ", -1);
            String problem = parts.length == 2 ? Merges.problem(new Merges.Pair(parts[0], parts[1]), vocabulary) : "expected two pieces";
            if (!problem.isEmpty()) {
                throw vocab.wrong("merge " + i + " of " + mergesFile.getFileName() + ": " + problem);
            }
        }
        return finish(GgufVocabulary.BYTE_LEVEL, "gpt-2", vocabulary, vocabulary.byteLevelTokens(), lines, Optional.empty(), Map.of());
    }

    private GgufVocabulary finish(String model, String pre, Vocabulary vocabulary, List<Token> tokens, List<String> merges,
            Optional<TokenizerJson> tokenizer, Map<String, Boolean> ownFlags) throws IOException {
        if (vocabulary.size() < vocabulary.rows()) {
            warnings.accept("the tokenizer has " + vocabulary.size() + " tokens for " + vocabulary.rows() + " rows: padded with [PADn]");
        }
        settings.warnBeyond(vocabulary);
        Map<String, Integer> ids = settings.specialIds(vocabulary);
        Map<String, Boolean> flags = new LinkedHashMap<>(settings.flags(tokenizer.map(TokenizerJson::file), ids, vocabulary));
        if (!ids.containsKey("bos")) {
            flags.putIfAbsent("add_bos_token", false); // readers add one by default
        }
        if (!ids.containsKey("eos")) {
            warnings.accept("no end token: llama.cpp assumes token " + (model.equals(GgufVocabulary.BYTE_LEVEL) ? 11 : 2));
        }
        flags.putAll(ownFlags);
        return new GgufVocabulary(model, Optional.of(pre), tokens, merges, ids, flags, settings.chatTemplates(), List.of());
    }
}
