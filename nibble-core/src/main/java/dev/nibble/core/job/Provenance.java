package dev.nibble.core.job;

import dev.nibble.core.checkpoint.gguf.GgufMetadata;
import dev.nibble.core.checkpoint.io.Checksums;
import dev.nibble.core.plan.TypeRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Origin of a file, written into its metadata so that anyone can repeat the job: {@code nibble.version}, {@code nibble.options},
 * {@code nibble.inputs} (names) and {@code nibble.inputs.sha256}.
 *
 * @param version version of the program
 * @param options command-line options
 * @param inputs all files that were read
 */
public record Provenance(String version, String options, List<Path> inputs) {
    private static final String HASHES = "nibble.inputs.sha256";
    private static final String UNKNOWN = "0".repeat(64);

    /** The command-line options of a request. */
    public static String options(TypeRequest request) {
        StringBuilder options = new StringBuilder("--to ").append(request.fileType().name());
        if (request.pure()) {
            options.append(" --pure");
        }
        if (request.classicFused()) {
            options.append(" --classic-fused");
        }
        options.append(request.overrides().stream().map(rule -> " --tensor " + rule.pattern() + "=" + rule.codec().name())
                .collect(Collectors.joining()));
        options.append(request.keep().stream().map(pattern -> " --keep " + pattern).collect(Collectors.joining()));
        request.output().ifPresent(codec -> options.append(" --output-type ").append(codec.name()));
        request.embedding().ifPresent(codec -> options.append(" --embedding-type ").append(codec.name()));
        return options.toString();
    }

    /** Adds the fields to a file's metadata, with placeholders for the hashes, which take as long as reading the inputs. */
    void addTo(GgufMetadata metadata) {
        metadata.putString("nibble.version", version);
        metadata.putString("nibble.options", options);
        metadata.putStrings("nibble.inputs", inputs.stream().map(file -> file.getFileName().toString()).toList());
        metadata.put(HASHES, strings(inputs.stream().map(file -> UNKNOWN).toList()));
    }

    String hashesKey() {
        return HASHES;
    }

    /** SHA-256 of every input, as long as the placeholders. */
    GgufMetadata.Value hashes() throws IOException {
        List<String> hashes = new ArrayList<>();
        for (Path file : inputs) {
            hashes.add(Checksums.sha256(file, bytes -> {}));
        }
        return strings(hashes);
    }

    private static GgufMetadata.Value strings(List<String> values) {
        return new GgufMetadata.Value(GgufMetadata.Type.ARRAY, GgufMetadata.Type.STRING, List.copyOf(values));
    }
}
