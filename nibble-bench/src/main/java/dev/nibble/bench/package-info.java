/** Measurements: models to measure on, encoders timed, peers run side by side. Never published. */
package dev.nibble.bench;
