/**
 * Benchmarks with known answers, one file each, and their scoring. A new benchmark is a {@link dev.nibble.core.evaluation.task.Task} and a
 * line in {@link dev.nibble.core.evaluation.task.Tasks}.
 */
package dev.nibble.core.evaluation.task;
