/**
 * Mixed-precision bit allocation: {@link dev.nibble.core.allocation.Sensitivity} measures the effect of quantizing each tensor on the
 * predictions, {@link dev.nibble.core.allocation.Frontier} spends bytes where they help most.
 */
package dev.nibble.core.allocation;
