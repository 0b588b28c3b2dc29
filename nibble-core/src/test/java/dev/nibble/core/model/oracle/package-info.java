/**
 * What every family computes, written a second time from the published modeling code of Hugging Face transformers: plain loops in double over
 * Hugging Face names and config.json, no cache, no batch. It shares no line with the code that it checks.
 */
package dev.nibble.core.model.oracle;
