package dev.nibble.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Points and lines over two axes, as SVG; colours come from the page's style. */
final class Plot {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 400;
    private static final int LEFT = 82;
    private static final int RIGHT = 118;
    private static final int TOP = 14;
    private static final int BOTTOM = 50;
    private static final int LINE = 15; // between two labels

    private final PlotAxis x;
    private final PlotAxis y;
    private final StringBuilder marks = new StringBuilder();
    private final List<Label> labels = new ArrayList<>();

    /** A text beside a mark, and the position of the mark. */
    private record Label(double x, double y, String text, String colour) {}

    Plot(PlotAxis x, PlotAxis y) {
        this.x = x;
        this.y = y;
    }

    private double right(double number) {
        return LEFT + x.place(number) * (WIDTH - LEFT - RIGHT);
    }

    private double down(double number) {
        return HEIGHT - BOTTOM - y.place(number) * (HEIGHT - TOP - BOTTOM);
    }

    /** Adds a dot with its name. */
    Plot point(double atX, double atY, String name, String hover, String colour) {
        marks.append(String.format(Locale.ROOT, "<circle cx='%.1f' cy='%.1f' r='5' style='fill:%s'><title>%s</title></circle>%n",
                right(atX), down(atY), colour,
                escaped(hover)));
        labels.add(new Label(right(atX) + 7, down(atY) - 10, name, colour));
        return this;
    }

    /** Adds a line through values at 0, 1, 2 …, with its name at the end. */
    Plot line(List<Double> numbers, String name, String colour) {
        StringBuilder points = new StringBuilder();
        for (int i = 0; i < numbers.size(); i++) {
            points.append(String.format(Locale.ROOT, "%.1f,%.1f ", right(i), down(numbers.get(i))));
            marks.append(String.format(Locale.ROOT, "<circle cx='%.1f' cy='%.1f' r='3' style='fill:%s'><title>%s: %s</title></circle>%n",
                    right(i),
                    down(numbers.get(i)), colour, escaped(name), String.format(Locale.ROOT, "%.4g", numbers.get(i))));
        }
        marks.append(String.format(Locale.ROOT, "<polyline points='%s' style='stroke:%s'/>%n", points.toString().strip(), colour));
        labels.add(new Label(WIDTH - RIGHT + 10, down(numbers.getLast()), name, colour));
        return this;
    }

    /** Adds a thin dashed line through points. */
    Plot path(List<double[]> points) {
        StringBuilder text = new StringBuilder();
        points.forEach(point -> text.append(String.format(Locale.ROOT, "%.1f,%.1f ", right(point[0]), down(point[1]))));
        marks.append(String.format(Locale.ROOT, "<polyline class='front' points='%s'/>%n", text.toString().strip()));
        return this;
    }

    String svg(String description) {
        StringBuilder svg = new StringBuilder(
                String.format(Locale.ROOT, "<svg viewBox='0 0 %d %d' role='img' aria-label='%s'>%n", WIDTH, HEIGHT,
                        escaped(description)));
        for (PlotAxis.Tick tick : x.ticks()) {
            svg.append(
                    String.format(Locale.ROOT,
                            "<line class='grid' x1='%.1f' x2='%.1f' y1='%d' y2='%d'/><text x='%.1f' y='%d' text-anchor='middle'>%s</text>%n",
                            right(tick.at()), right(tick.at()), TOP, HEIGHT - BOTTOM, right(tick.at()), HEIGHT - BOTTOM + 18,
                            escaped(tick.text())));
        }
        for (PlotAxis.Tick tick : y.ticks()) {
            svg.append(String.format(Locale.ROOT,
                    "<line class='grid' x1='%d' x2='%d' y1='%.1f' y2='%.1f'/><text x='%d' y='%.1f' text-anchor='end'>%s</text>%n",
                    LEFT, WIDTH - RIGHT, down(tick.at()), down(tick.at()), LEFT - 8, down(tick.at()) + 4, escaped(tick.text())));
        }
        svg.append(String.format(Locale.ROOT, "<text class='axis' x='%d' y='%d' text-anchor='middle'>%s</text>%n",
                (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8,
                escaped(x.title())));
        svg.append(
                String.format(Locale.ROOT, "<text class='axis' transform='translate(13 %d) rotate(-90)' text-anchor='middle'>%s</text>%n",
                        (TOP + HEIGHT - BOTTOM) / 2, escaped(y.title())));
        return svg.append(marks).append(labelled()).append("</svg>\n").toString();
    }

    /** Labels, moved down where they would overlap. */
    private String labelled() {
        List<Label> placed = new ArrayList<>();
        for (Label label : labels.stream().sorted(Comparator.comparingDouble(Label::y)).toList()) {
            double at = Math.max(label.y, TOP + 4);
            for (Label other : placed) {
                boolean beside = Math.abs(other.x - label.x) > 7.0 * Math.max(other.text.length(), label.text.length());
                at = beside || at - other.y >= LINE || at < other.y - LINE ? at : other.y + LINE;
            }
            placed.add(new Label(label.x, at, label.text, label.colour));
        }
        StringBuilder text = new StringBuilder();
        placed.forEach(label -> text
                .append(String.format(Locale.ROOT, "<text class='name' x='%.1f' y='%.1f' style='fill:%s'>%s</text>%n", label.x, label.y + 4,
                        label.colour, escaped(label.text))));
        return text.toString();
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;").replace("'", "&#39;");
    }
}
