/**
 * The {@code nibble} program: {@link dev.nibble.cli.Main} lists the commands, each command is one file. Only this package reads system
 * properties and writes to the terminal.
 */
package dev.nibble.cli;
