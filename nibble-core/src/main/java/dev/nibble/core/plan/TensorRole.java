package dev.nibble.core.plan;

/** The role of a tensor in a model, as far as it determines the precision it needs; derived from its GGUF name. */
public enum TensorRole {
    OUTPUT, TOKEN_EMBEDDING, ATTENTION_QKV("attn_qkv.weight"), ATTENTION_KV("attn_kv_b.weight"), ATTENTION_VALUE(
            "attn_v.weight"), ATTENTION_KEY("attn_k.weight"), ATTENTION_QUERY("attn_q.weight"), ATTENTION_OUTPUT(
                    "attn_output.weight"), FFN_UP("ffn_up"), FFN_GATE("ffn_gate"), FFN_DOWN("ffn_down"), OTHER;

    private final String part;

    TensorRole() {
        this("");
    }

    TensorRole(String part) {
        this.part = part;
    }

    public static TensorRole of(String name) {
        if (name.equals("output.weight")) {
            return OUTPUT;
        }
        if (name.equals("token_embd.weight") || name.equals("per_layer_token_embd.weight")) {
            return TOKEN_EMBEDDING;
        }
        for (TensorRole role : values()) {
            if (!role.part.isEmpty() && name.contains(role.part)) {
                return role;
            }
        }
        return OTHER;
    }

    /** Whether it holds attention values, alone or fused with queries and keys. */
    public boolean holdsValues() {
        return this == ATTENTION_VALUE || this == ATTENTION_QKV || this == ATTENTION_KV;
    }
}
