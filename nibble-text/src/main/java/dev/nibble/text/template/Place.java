package dev.nibble.text.template;

/** Position in a template's source: line and column, both from 1. */
record Place(int line, int column) {}
