/**
 * Calibration: runs a model over a text and gathers statistics of its layers' inputs, for quantization algorithms and importance-aware
 * codecs. Start with {@link dev.nibble.core.calibration.Calibrator}; its result is a file, {@link dev.nibble.core.calibration.Calibration}.
 */
package dev.nibble.core.calibration;
