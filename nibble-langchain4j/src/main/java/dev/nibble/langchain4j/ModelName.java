package dev.nibble.langchain4j;

import dev.langchain4j.exception.ModelNotFoundException;
import dev.nibble.LanguageModel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Name of a loaded model in LangChain4j. */
final class ModelName {
    private static final String GGUF = ".gguf";

    private ModelName() {}

    /** The name of the GGUF file without its extension, or of the folder with the model's files. */
    static String of(LanguageModel model) {
        Path path = model.path().toAbsolutePath().normalize();
        String file = path.getFileName().toString();
        if (file.endsWith(GGUF)) {
            return file.substring(0, file.length() - GGUF.length());
        }
        return Files.isDirectory(path) || path.getParent().getFileName() == null ? file : path.getParent().getFileName().toString();
    }

    /** Refuses a request for another model; one without a name is accepted. */
    static void check(String requested, String name) {
        if (requested != null && !requested.equals(name)) {
            throw new ModelNotFoundException("the request is for the model " + requested + ", and this one is " + name
                    + "; leave the name out, or build a model for that one");
        }
    }
}
