/**
 * Chat templates: a small Jinja interpreter over plain data, and the conversations it turns into prompts. A template comes from a stranger's
 * model file, so it sees nothing but maps, lists, strings and numbers, and everything it does is counted. Start at
 * {@link dev.nibble.core.template.ChatTemplate}; {@link dev.nibble.core.template.Template} is the language.
 */
package dev.nibble.core.template;
