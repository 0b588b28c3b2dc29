package dev.nibble.cli;

import dev.nibble.core.plan.FileType;
import dev.nibble.core.plan.FileTypes;
import dev.nibble.core.plan.TargetTypes;
import dev.nibble.core.tensor.Codec;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code nibble types}: the types of models and single tensors. */
@Command(name = "types", mixinStandardHelpOptions = true, sortOptions = false, description = "Lists all types: bits per weight, block size, purpose.")
final class TypesCommand implements Callable<Integer> {
    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() {
        if (json) {
            JsonPrinter.print(Map.of("mixes", FileTypes.ALL.stream().map(TypesCommand::facts).toList(), "types",
                    TargetTypes.ALL.stream().map(TypesCommand::facts).toList()), System.out);
            return 0;
        }
        System.out.println("For a whole model (--to): most tensors have the base type, sensitive ones a better one\n");
        TextTable mixes = new TextTable("type", "base", "bits/weight", "");
        FileTypes.ALL.forEach(fileType -> mixes.row(fileType.name(), fileType.base().name(), bits(fileType.base()), fileType.purpose()));
        mixes.print(System.out);
        System.out.println("\nFor single tensors (--tensor, --output-type, --embedding-type)\n");
        TextTable types = new TextTable("type", "bits/weight", "block", "bytes", "imatrix", "");
        TargetTypes.ALL.forEach(codec -> types.row(codec.name(), bits(codec), codec.blockSize(), codec.blockBytes(),
                codec.needsImportance() ? "needed" : "", codec.purpose()));
        types.print(System.out);
        return 0;
    }

    private static Map<String, Object> facts(FileType fileType) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("name", fileType.name());
        facts.put("base", fileType.base().name());
        facts.put("file_type", fileType.number());
        facts.put("bits_per_weight", fileType.base().bitsPerWeight());
        facts.put("purpose", fileType.purpose());
        return facts;
    }

    private static Map<String, Object> facts(Codec codec) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("name", codec.name());
        facts.put("gguf_type", codec.ggufType().orElse(-1));
        facts.put("block_size", codec.blockSize());
        facts.put("block_bytes", codec.blockBytes());
        facts.put("bits_per_weight", codec.bitsPerWeight());
        facts.put("needs_imatrix", codec.needsImportance());
        facts.put("purpose", codec.purpose());
        return facts;
    }

    private static String bits(Codec codec) {
        return String.format(Locale.ROOT, "%.4g", codec.bitsPerWeight());
    }
}
