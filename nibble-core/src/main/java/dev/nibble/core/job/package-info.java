/** Jobs that write quantized or transcoded models, and their journal. Start at {@link dev.nibble.core.job.QuantizationJob}. */
package dev.nibble.core.job;
