/** Nibble's models as chat and embedding models of LangChain4j. */
module dev.nibble.langchain4j {
    requires transitive dev.nibble;
    requires transitive langchain4j.core;
    requires tools.jackson.databind;

    exports dev.nibble.langchain4j;
}
