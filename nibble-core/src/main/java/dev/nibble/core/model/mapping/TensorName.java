package dev.nibble.core.model.mapping;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a tensor in GGUF, such as {@code blk.3.ffn_up_exps.weight}, or of a layer: without {@code .weight}, followed by the expert's
 * number where the tensor holds several, such as {@code blk.3.ffn_up_exps.7}.
 */
public record TensorName(String text) {
    public static final String TOKEN_EMBEDDING = "token_embd.weight";
    public static final String OUTPUT = "output.weight";
    private static final String WEIGHT = ".weight";
    private static final String EXPERTS = "_exps";
    private static final Pattern BLOCK = Pattern.compile("^blk\\.(\\d{1,9})\\.");
    private static final Pattern EXPERT = Pattern.compile(EXPERTS + "\\.(\\d{1,9})$");

    /** The prefix of all names in a block. */
    public static String blockPrefix(int block) {
        return "blk." + block + ".";
    }

    /** The weight of a layer. */
    public static String weight(String layer) {
        return layer + WEIGHT;
    }

    /** The layer of one expert of a stacked tensor. */
    public static String expert(String layer, int expert) {
        return layer + "." + expert;
    }

    /** The layer or module of a weight, in Hugging Face's names too; other names are unchanged. */
    public static String withoutWeight(String tensor) {
        return isWeight(tensor) ? tensor.substring(0, tensor.length() - WEIGHT.length()) : tensor;
    }

    public static boolean isWeight(String tensor) {
        return tensor.endsWith(WEIGHT);
    }

    /** The number of its block; empty outside blocks. */
    public OptionalInt block() {
        return number(BLOCK);
    }

    /** The expert's number; empty if it is not a single expert's layer. */
    public OptionalInt expert() {
        return number(EXPERT);
    }

    /** Whether it belongs to one or all experts of a mixture. */
    public boolean isOfExperts() {
        return text.contains(EXPERTS + ".");
    }

    /** The tensor that holds the layer's weight. */
    public String tensor() {
        return weight(EXPERT.matcher(text).replaceFirst(EXPERTS));
    }

    /** The layer, without the number of an expert. */
    public String layer() {
        return withoutWeight(EXPERT.matcher(text).replaceFirst(EXPERTS));
    }

    private OptionalInt number(Pattern pattern) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? OptionalInt.of(Integer.parseInt(matcher.group(1))) : OptionalInt.empty();
    }
}
