package dev.nibble.core.template;

/** Where something stands in a template's source: line and column, both from 1. */
record Place(int line, int column) {}
