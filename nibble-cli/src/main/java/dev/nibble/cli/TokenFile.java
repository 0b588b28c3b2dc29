package dev.nibble.cli;

import dev.nibble.core.checkpoint.io.AtomicFile;
import dev.nibble.core.evaluation.TokenDivergence;
import dev.nibble.error.UnsupportedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The divergence of every token, one line each, as CSV or JSON lines; does nothing without a file. */
final class TokenFile implements AutoCloseable {
    private static final int FULL = 1 << 16;

    private final Optional<AtomicFile> file;
    private final boolean csv;
    private final StringBuilder lines = new StringBuilder();
    private long written;

    private TokenFile(Optional<AtomicFile> file, boolean csv) {
        this.file = file;
        this.csv = csv;
    }

    /** @throws UnsupportedException if the name ends in neither .csv nor .jsonl */
    static void checkName(Path path) {
        String name = path.getFileName().toString().toLowerCase(Locale.ROOT);
        if (!name.endsWith(".csv") && !name.endsWith(".jsonl") && !name.endsWith(".json")) {
            throw new UnsupportedException("--per-token " + path + ": expected a name that ends in .csv or .jsonl");
        }
    }

    static TokenFile of(Optional<Path> path, boolean overwrite) throws IOException {
        if (path.isEmpty()) {
            return new TokenFile(Optional.empty(), true);
        }
        checkName(path.get());
        boolean csv = path.get().getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".csv");
        TokenFile tokens = new TokenFile(Optional.of(AtomicFile.create(path.get(), overwrite)), csv);
        if (csv) {
            tokens.lines.append("model,window,position,token,base_nll,nll,kl,delta_p,base_best,best,cosine\n");
        }
        return tokens;
    }

    void add(Path model, TokenDivergence token) {
        if (file.isEmpty()) {
            return;
        }
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("model", model.toString());
        values.put("window", token.window());
        values.put("position", token.position());
        values.put("token", token.token());
        values.put("base_nll", token.baseNll());
        values.put("nll", token.nll());
        values.put("kl", token.kl());
        values.put("delta_p", token.deltaP());
        values.put("base_best", token.baseBest());
        values.put("best", token.best());
        values.put("cosine", token.cosine());
        lines.append(csv ? csv(values) : JsonPrinter.line(values)).append('\n');
        if (lines.length() > FULL) {
            flush(file.get());
        }
    }

    private static String csv(Map<String, Object> values) {
        StringBuilder line = new StringBuilder();
        for (Object value : values.values()) {
            String text = value instanceof Double number ? String.format(Locale.ROOT, "%.9g", number) : value.toString();
            boolean quoted = text.contains(",") || text.contains("\"") || text.contains("\n");
            line.append(line.isEmpty() ? "" : ",").append(quoted ? "\"" + text.replace("\"", "\"\"") + "\"" : text);
        }
        return line.toString();
    }

    private void flush(AtomicFile target) {
        ByteBuffer bytes = ByteBuffer.wrap(lines.toString().getBytes(StandardCharsets.UTF_8));
        int count = bytes.remaining();
        try {
            target.write(written, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        written += count;
        lines.setLength(0);
    }

    void commit() throws IOException {
        if (file.isPresent()) {
            flush(file.get());
            file.get().commit();
        }
    }

    @Override
    public void close() throws IOException {
        if (file.isPresent()) {
            file.get().close();
        }
    }
}
