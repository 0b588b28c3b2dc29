/**
 * Language models run by Nibble, in this process, as models of LangChain4j: {@link dev.nibble.langchain4j.NibbleChatModel},
 * {@link dev.nibble.langchain4j.NibbleStreamingChatModel} and {@link dev.nibble.langchain4j.NibbleEmbeddingModel}. All take a
 * {@link dev.nibble.LanguageModel} that the caller loads and closes; several may share one. Unsupported features are
 * refused with LangChain4j's {@code UnsupportedFeatureException}.
 */
package dev.nibble.langchain4j;
