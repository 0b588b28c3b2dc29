/**
 * Questions with known answers: one file for each benchmark's format, and how a model answers. A new benchmark is a
 * {@link dev.nibble.core.evaluation.task.Task} and a line in {@link dev.nibble.core.evaluation.task.Tasks}.
 */
package dev.nibble.core.evaluation.task;
