/**
 * Chooses the type of every tensor by what it costs: {@link dev.nibble.core.fitting.Sensitivity} measures how far predictions move when one
 * tensor is rounded, {@link dev.nibble.core.fitting.Frontier} spends bytes where they help most.
 */
package dev.nibble.core.allocation;
