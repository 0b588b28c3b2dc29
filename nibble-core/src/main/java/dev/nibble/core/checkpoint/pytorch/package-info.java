/**
 * PyTorch files, read by an allow-list: no pickle is executed. Start at {@link dev.nibble.core.checkpoint.pytorch.PyTorch}.
 */
package dev.nibble.core.checkpoint.pytorch;
