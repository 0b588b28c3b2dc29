package dev.nibble.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** A text table with minimal column widths; the first column is left-aligned, the others right-aligned. */
final class TextTable {
    private final List<String[]> rows = new ArrayList<>();

    TextTable(String... headings) {
        rows.add(headings);
    }

    TextTable row(Object... cells) {
        String[] texts = new String[cells.length];
        for (int i = 0; i < cells.length; i++) {
            texts[i] = String.valueOf(cells[i]);
        }
        rows.add(texts);
        return this;
    }

    void print(PrintStream out) {
        int columns = rows.getFirst().length;
        int[] widths = new int[columns];
        for (String[] row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                boolean last = i == columns - 1;
                boolean left = i == 0 || !isNumber(i);
                String padding = " ".repeat(widths[i] - row[i].length());
                line.append(left ? row[i] + (last ? "" : padding) : padding + row[i]).append(last ? "" : "  ");
            }
            out.println(line.toString().stripTrailing());
        }
    }

    private boolean isNumber(int column) {
        return rows.stream().skip(1).allMatch(row -> row[column].isEmpty() || Character.isDigit(row[column].charAt(0))
                || row[column].equals("-"));
    }
}
