package dev.nibble.core.checkpoint.safetensors;

import dev.nibble.core.checkpoint.Limits;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/** JSON from untrusted files: depth, numbers and strings are limited; the caller limits the total size. */
public final class BoundedJson {
    private static final int LONGEST_NUMBER = 40;
    private static final int DEEPEST = 64;
    private static final JsonFactory FACTORY = JsonFactory.builder().streamReadConstraints(
            StreamReadConstraints.builder().maxNestingDepth(DEEPEST).maxNumberLength(LONGEST_NUMBER).maxStringLength(Limits.METADATA_STRING)
                    .maxNameLength(Limits.METADATA_STRING).maxDocumentLength(Limits.SAFETENSORS_HEADER).build())
            .build();

    private BoundedJson() {}

    public static JsonParser parser(byte[] text) {
        return FACTORY.createParser(ObjectReadContext.empty(), text);
    }
}
