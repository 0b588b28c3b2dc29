/**
 * The {@code nibble} program: {@link dev.nibble.cli.Main} lists the commands, each command is one file. The only place that reads system
 * properties and writes to the terminal.
 */
package dev.nibble.cli;
