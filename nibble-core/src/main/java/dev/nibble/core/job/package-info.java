/**
 * Jobs that write quantized or transcoded models, and the journal they resume from. Start at
 * {@link dev.nibble.core.job.QuantizationJob}.
 */
package dev.nibble.core.job;
