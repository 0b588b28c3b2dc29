package dev.nibble.cli;

import dev.nibble.GenerationOptions;
import dev.nibble.core.evaluation.EvaluationText;
import dev.nibble.text.grammar.Gbnf;
import dev.nibble.text.grammar.Grammar;
import dev.nibble.text.grammar.JsonSchema;
import dev.nibble.text.json.Json;
import dev.nibble.text.sampling.SamplingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Sampling options, spelled as in llama.cpp. */
final class SamplingFlags {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = {"-n",
        "--predict"}, paramLabel = "N", description = "Maximum number of generated tokens. Default: until the model ends or the context is full.")
    private int tokens = -1;

    @Option(names = "--temp", paramLabel = "T", defaultValue = "0.8", description = "Temperature; 0 for greedy decoding. Default: ${DEFAULT-VALUE}.")
    private float temperature;

    @Option(names = "--top-k", paramLabel = "N", defaultValue = "40", description = "Only the N most probable tokens; 0 for all. Default: ${DEFAULT-VALUE}.")
    private int topK;

    @Option(names = "--top-p", paramLabel = "P", defaultValue = "0.95", description = "Only the most probable tokens whose probabilities sum to P. Default: ${DEFAULT-VALUE}.")
    private float topP;

    @Option(names = "--min-p", paramLabel = "P", defaultValue = "0.05", description = "Only tokens at least P times as probable as the most probable. Default: ${DEFAULT-VALUE}.")
    private float minP;

    @Option(names = "--typical", paramLabel = "P", defaultValue = "1", description = "Locally typical sampling; 1 for off. Default: ${DEFAULT-VALUE}.")
    private float typicalP;

    @Option(names = "--repeat-penalty", paramLabel = "X", defaultValue = "1", description = "Penalty of tokens that occurred; 1 for none. Default: ${DEFAULT-VALUE}.")
    private float repeatPenalty;

    @Option(names = "--repeat-last-n", paramLabel = "N", defaultValue = "64", description = "Number of last tokens that penalties consider; -1 for all. Default: ${DEFAULT-VALUE}.")
    private int repeatLastN;

    @Option(names = "--frequency-penalty", paramLabel = "X", defaultValue = "0", description = "Penalty for each occurrence of a token. Default: ${DEFAULT-VALUE}.")
    private float frequencyPenalty;

    @Option(names = "--presence-penalty", paramLabel = "X", defaultValue = "0", description = "Penalty of tokens that occurred, once. Default: ${DEFAULT-VALUE}.")
    private float presencePenalty;

    @Option(names = "--mirostat", paramLabel = "N", defaultValue = "0", description = "Mirostat version, 1 or 2: keeps the perplexity of the text near 2^TAU. Default: ${DEFAULT-VALUE}, off.")
    private int mirostat;

    @Option(names = "--mirostat-ent", paramLabel = "TAU", defaultValue = "5", description = "Target entropy of Mirostat, in bits. Default: ${DEFAULT-VALUE}.")
    private float mirostatTau;

    @Option(names = "--mirostat-lr", paramLabel = "ETA", defaultValue = "0.1", description = "Learning rate of Mirostat. Default: ${DEFAULT-VALUE}.")
    private float mirostatEta;

    @Option(names = "--logit-bias", paramLabel = "ID=X", description = "Add X to the logit of token ID; -Infinity bans it.")
    private Map<Integer, Float> logitBias = new LinkedHashMap<>();

    @Option(names = {"-s",
        "--seed"}, paramLabel = "S", description = "Seed; the same seed gives the same text. Default: random.")
    private Long seed;

    @Option(names = "--stop", paramLabel = "TEXT", description = "Stop before this text. Repeatable.")
    private List<String> stops = List.of();

    @Option(names = "--grammar-file", paramLabel = "FILE", description = "Constrain the answer to this grammar (GBNF).")
    private Optional<Path> grammarFile = Optional.empty();

    @Option(names = {"-j", "--json-schema-file"}, paramLabel = "FILE", description = "Constrain the answer to JSON of this schema.")
    private Optional<Path> schemaFile = Optional.empty();

    @Option(names = "--ignore-eos", description = "Continue past end tokens.")
    private boolean ignoreEnd;

    /** @throws ParameterException for a value out of range */
    GenerationOptions generation() throws IOException {
        try {
            SamplingOptions sampling = SamplingOptions.DEFAULTS.withTemperature(temperature).withTopK(topK).withTopP(topP).withMinP(minP)
                    .withTypicalP(typicalP).withRepeatPenalty(repeatPenalty, repeatLastN).withFrequencyPenalty(frequencyPenalty)
                    .withPresencePenalty(presencePenalty).withMirostat(mirostat, mirostatTau, mirostatEta).withLogitBias(logitBias)
                    .withSeed(seed == null ? System.nanoTime() : seed);
            GenerationOptions options = GenerationOptions.DEFAULTS.withMaxTokens(tokens).with(sampling)
                    .withStops(stops.toArray(String[]::new)).withIgnoreEnd(ignoreEnd);
            Optional<Grammar> grammar = grammar();
            return grammar.isPresent() ? options.with(grammar.get()) : options;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), e.getMessage(), e);
        }
    }

    private Optional<Grammar> grammar() throws IOException {
        if (grammarFile.isPresent() && schemaFile.isPresent()) {
            throw new ParameterException(command.commandLine(), "--grammar-file and --json-schema-file exclude each other");
        }
        if (grammarFile.isPresent()) {
            return Optional.of(Gbnf.parse(EvaluationText.content(grammarFile.get())));
        }
        return schemaFile.isPresent() ? Optional.of(JsonSchema.grammar(Json.read(schemaFile.get(), Json.Limits.CONFIG))) : Optional.empty();
    }
}
