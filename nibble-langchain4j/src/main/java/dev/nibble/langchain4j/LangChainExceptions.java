package dev.nibble.langchain4j;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.nibble.error.UnsupportedException;
import dev.nibble.text.grammar.GrammarException;
import dev.nibble.text.template.TemplateException;
import java.util.function.Supplier;

/** Converts Nibble's exceptions to LangChain4j's, with the original as cause. */
final class LangChainExceptions {
    private LangChainExceptions() {}

    static <T> T mapped(Supplier<T> work) {
        try {
            return work.get();
        } catch (UnsupportedException e) {
            UnsupportedFeatureException mapped = new UnsupportedFeatureException(e.getMessage());
            mapped.initCause(e);
            throw mapped;
        } catch (IllegalArgumentException | TemplateException | GrammarException e) {
            throw new InvalidRequestException(e.getMessage(), e);
        }
    }
}
