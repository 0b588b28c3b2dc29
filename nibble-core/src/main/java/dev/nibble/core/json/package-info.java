/**
 * Small JSON files from strangers: read within limits, and every wrong value named by file and pointer. Start at
 * {@link dev.nibble.core.json.Json}.
 */
package dev.nibble.core.json;
