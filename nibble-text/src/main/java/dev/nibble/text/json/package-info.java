/**
 * Untrusted JSON and YAML files, read within limits; every wrong value is reported by file and JSON pointer. Start at
 * {@link dev.nibble.text.json.Json}.
 */
package dev.nibble.text.json;
