/**
 * Chat templates: a Jinja interpreter over plain data, and the conversations it renders to prompts. Templates come from untrusted model
 * files, so they see only maps, lists, strings and numbers, and every step, byte and level of nesting is limited. Start at
 * {@link dev.nibble.text.template.ChatTemplate}; {@link dev.nibble.text.template.Template} runs any template.
 */
package dev.nibble.text.template;
