/**
 * Reference forward pass of every family, written independently from the published modeling code of Hugging Face transformers: plain loops
 * in double over Hugging Face names and config.json, no cache, no batch. It shares no code with the implementation it checks.
 */
package dev.nibble.core.model.oracle;
