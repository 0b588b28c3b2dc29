package dev.nibble.error;

/**
 * A setting or a step named by an error or a warning, as data: a program can translate it to its own options. The text of each is the Java
 * API's.
 */
public enum Setting {
    ACTIVATION_ORDER("activation order"), BACKEND("the backend"), BITS("bits"), CONTEXT("context"), CONVERT_TO_DIRECTORY(
            "convert to safetensors"), FORMAT("format"), GROUP("group size"), IMPORTANCE_MATRIX("an importance matrix"), INSPECT(
                    "an inspection of the file"), KEEP("keep"), METHOD("method"), NON_FINITE("non-finite numbers as"), QUANTIZE_DIRECTORY(
                            "by a quantization method"), RESUME("the journal"), SCHEME("scheme"), SYMMETRIC(
                                    "a symmetric grid"), TARGET("target"), TRANSCODE("an exact conversion"), WIDER_TYPE("a wider type for");

    private final String text;

    Setting(String text) {
        this.text = text;
    }

    /** The setting without a value. */
    public Choice any() {
        return new Choice(this, "");
    }

    /** The setting with one value. */
    public Choice of(Object value) {
        return new Choice(this, value.toString());
    }

    /** A setting and its value; an empty text for none. */
    public record Choice(Setting setting, String value) {
        /** The text of the Java API. */
        @Override
        public String toString() {
            return value.isEmpty() ? setting.text : setting.text + " " + value;
        }
    }
}
