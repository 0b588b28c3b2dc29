/**
 * Runs a model over a text and remembers what its layers were given: the statistics that quantization algorithms and importance-aware codecs
 * need. Start with {@link dev.nibble.core.calibration.Calibrator}; what it finds is a file, {@link dev.nibble.core.calibration.Calibration}.
 */
package dev.nibble.core.calibration;
