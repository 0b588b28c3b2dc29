/**
 * Plans of the codec of every tensor: file types such as Q4_K_M and their rules. Start at {@link dev.nibble.core.plan.TypePlanner}.
 */
package dev.nibble.core.plan;
