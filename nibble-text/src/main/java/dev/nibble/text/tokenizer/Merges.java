package dev.nibble.text.tokenizer;

import dev.nibble.text.json.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The merges of BPE, best first, each checked against the vocabulary. */
record Merges(List<Pair> pairs) {
    private static final int MOST = 1 << 22;

    record Pair(String left, String right) {
        String result() {
            return left + right;
        }
    }

    /** Reads {@code ["a b", …]} or {@code [["a", "b"], …]}. */
    static Merges read(Json list, Vocabulary vocabulary) {
        List<Json> elements = list.elements();
        if (elements.size() > MOST) {
            throw list.wrong(elements.size() + " merges, the limit is " + MOST);
        }
        List<Pair> pairs = new ArrayList<>(elements.size());
        Set<Pair> seen = new HashSet<>();
        for (Json element : elements) {
            Pair pair = pair(element, vocabulary);
            String problem = problem(pair, vocabulary);
            if (problem.isEmpty() && !seen.add(pair)) {
                problem = "the pair is a duplicate";
            }
            if (!problem.isEmpty()) {
                throw element.wrong(problem);
            }
            pairs.add(pair);
        }
        return new Merges(pairs);
    }

    private static Pair pair(Json element, Vocabulary vocabulary) {
        if (element.isArray()) {
            List<String> parts = element.elements().stream().map(Json::string).toList();
            if (parts.size() != 2 || parts.get(0).isEmpty() || parts.get(1).isEmpty()) {
                throw element.wrong("expected two pieces, found " + parts.size());
            }
            return new Pair(parts.get(0), parts.get(1));
        }
        List<Pair> pairs = pairs(element.string());
        if (pairs.isEmpty()) {
            throw element.wrong("expected two pieces with a space between");
        }
        // a piece may contain a space, as one of Llama 2 does
        return pairs.stream().filter(pair -> problem(pair, vocabulary).isEmpty()).findFirst().orElse(pairs.getFirst());
    }

    /** Every split of a line into two pieces. */
    private static List<Pair> pairs(String line) {
        List<Pair> pairs = new ArrayList<>(1);
        for (int space = line.indexOf(' ', 1); space >= 0 && space < line.length() - 1; space = line.indexOf(' ', space + 1)) {
            pairs.add(new Pair(line.substring(0, space), line.substring(space + 1)));
        }
        return pairs;
    }

    /** Returns the error in a pair, or the empty string. */
    static String problem(Pair pair, Vocabulary vocabulary) {
        for (String part : List.of(pair.left(), pair.right(), pair.result())) {
            if (!vocabulary.has(part)) {
                return "\"" + part + "\" is not in the vocabulary";
            }
        }
        return "";
    }

    /** Returns the merges in GGUF's form; a space inside a piece is written Ġ, as in byte-level BPE. */
    List<String> lines() {
        return pairs.stream().map(pair -> pair.left().replace(' ', 'Ġ') + " " + pair.right().replace(' ', 'Ġ')).toList();
    }
}
