package dev.nibble.cli;

import dev.nibble.core.conversion.ModelTokenizers;
import dev.nibble.error.MalformedFileException;
import dev.nibble.text.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nibble tokenize}: the tokens of a text. */
@Command(name = "tokenize", mixinStandardHelpOptions = true, sortOptions = false, description = "Shows the tokens of a text.")
final class TokenizeCommand implements Callable<Integer> {
    @Parameters(paramLabel = "MODEL", description = "A Hugging Face directory, a GGUF file, a tokenizer.json, or a SentencePiece or tiktoken file.")
    private Path model;

    @ArgGroup(multiplicity = "1")
    private Text text;

    /** Source of the text. */
    private static final class Text {
        @Option(names = {"-f", "--file"}, paramLabel = "TEXT", description = "A UTF-8 text file.")
        private Path file;

        @Option(names = {"-p", "--prompt"}, paramLabel = "PROMPT", description = "The text itself.")
        private String prompt;

        String read() throws IOException {
            if (prompt != null) {
                return prompt;
            }
            try {
                return Files.readString(file, StandardCharsets.UTF_8);
            } catch (MalformedInputException e) {
                throw new MalformedFileException("TEXT_ENCODING", file, -1, "", "is not UTF-8 text");
            }
        }
    }

    @Option(names = "--special", description = "Parse texts such as <|im_start|> as control tokens.")
    private boolean special;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        try (Tokenizer tokenizer = ModelTokenizers.open(model, StandardError::warning)) {
            int[] ids = tokenizer.encode(text.read(), true, special);
            if (json) {
                List<String> tokens = Arrays.stream(ids).mapToObj(tokenizer::token).toList();
                Map<String, Object> facts = new LinkedHashMap<>();
                facts.put("ids", ids);
                facts.put("tokens", tokens);
                JsonPrinter.print(facts, System.out);
            } else {
                TextTable table = new TextTable("id", "token");
                for (int id : ids) {
                    table.row(id, MalformedFileException.printable(tokenizer.token(id)));
                }
                table.print(System.out);
            }
            return 0;
        }
    }
}
