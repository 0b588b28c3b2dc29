/**
 * Chat templates: a Jinja interpreter over plain data, and the conversations it turns into prompts. Templates come from untrusted model
 * files, so they see only maps, lists, strings and numbers, and every step, byte and level of nesting is limited. Start at
 * {@link dev.nibble.core.template.ChatTemplate}; {@link dev.nibble.core.template.Template} runs any template.
 */
package dev.nibble.core.template;
