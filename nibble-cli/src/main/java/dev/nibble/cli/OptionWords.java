package dev.nibble.cli;

import dev.nibble.error.Setting;

/** Options and commands for the settings that the library's messages name. */
final class OptionWords {
    private OptionWords() {}

    /** The option or command for a setting, with its value if the message has one. */
    static String of(Setting.Choice choice) {
        String value = choice.value();
        return switch (choice.setting()) {
            case ACTIVATION_ORDER -> "--act-order";
            case BACKEND -> option("--backend", value);
            case BITS -> option("--bits", value);
            case CONTEXT -> option("--ctx", value);
            case CONVERT_TO_DIRECTORY -> "nibble convert --to safetensors";
            case FORMAT -> option("--format", value);
            case GROUP -> option("--group", value);
            case IMPORTANCE_MATRIX -> "one with --imatrix FILE";
            case INSPECT -> "nibble inspect --full";
            case KEEP -> "--keep '" + value + "'";
            case METHOD -> option("--method", value);
            case NON_FINITE -> option("--allow-nonfinite", value);
            case QUANTIZE_DIRECTORY -> "nibble quantize --method";
            case RESUME -> "--resume";
            case SCHEME -> option("--scheme", value);
            case SYMMETRIC -> "--sym";
            case TARGET -> option("--to", value);
            case TRANSCODE -> "nibble convert --exact";
            case WIDER_TYPE -> "a wider type with --tensor '^" + value + "$=BF16'";
        };
    }

    private static String option(String name, String value) {
        return value.isEmpty() ? name : name + " " + value;
    }
}
