/**
 * Text processing of language models without a runtime: chat templates, tokenizers, grammars and sampling.
 *
 * <p>
 * Start at {@link dev.nibble.text.tokenizer.Tokenizers}, {@link dev.nibble.text.template.ChatTemplate},
 * {@link dev.nibble.text.grammar.JsonSchema} or {@link dev.nibble.text.sampling.TokenSampler}.
 */
module dev.nibble.text {
    requires tools.jackson.databind;
    requires tools.jackson.dataformat.yaml;

    exports dev.nibble.error;
    exports dev.nibble.text.grammar;
    exports dev.nibble.text.json;
    exports dev.nibble.text.sampling;
    exports dev.nibble.text.template;
    exports dev.nibble.text.tokenizer;
}
