/**
 * Whole jobs on top of the packages below: planning and running a quantization, with its temporary files, and opening models for
 * measurement. Used by {@link dev.nibble.Quantization} and {@link dev.nibble.Evaluation}.
 */
package dev.nibble.core.pipeline;
