/**
 * Whole jobs, put together from the packages below: what a quantization is planned from, what is kept while it runs, and how models are
 * opened to be measured. Used by {@link dev.nibble.Quantization} and {@link dev.nibble.Evaluation}.
 */
package dev.nibble.core.pipeline;
