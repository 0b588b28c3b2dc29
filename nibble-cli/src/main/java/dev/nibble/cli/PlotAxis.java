package dev.nibble.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * One axis of a plot.
 *
 * @param min value at its start
 * @param max  value at its end
 * @param log   whether the scale is logarithmic
 * @param names labels at 0, 1, 2 … instead of values, if not empty
 */
record PlotAxis(String title, double min, double max, boolean log, List<String> names) {
    private static final double SMALLEST = 1e-12; // stands for zero on a logarithmic axis

    PlotAxis {
        names = List.copyOf(names);
    }

    /** An axis over values, with a margin on both sides. */
    static PlotAxis over(String title, boolean log, DoubleStream numbers) {
        double[] all = numbers.map(number -> log ? Math.max(number, SMALLEST) : number).filter(Double::isFinite).toArray();
        double min = DoubleStream.of(all).min().orElse(1);
        double max = DoubleStream.of(all).max().orElse(1);
        if (log) {
            double margin = Math.pow(Math.max(max / min, 1.5), 0.08);
            return new PlotAxis(title, min / margin, max * margin, true, List.of());
        }
        double margin = 0.08 * (max > min ? max - min : 1);
        return new PlotAxis(title, Math.max(0, min - margin), max + margin, false, List.of());
    }

    /** An axis with names at 0, 1, 2 … */
    static PlotAxis of(String title, List<String> names) {
        return new PlotAxis(title, 0, Math.max(1, names.size() - 1), false, names);
    }

    /** Position of a value: 0 at the start, 1 at the end. */
    double place(double number) {
        double bounded = log ? Math.max(number, SMALLEST) : number;
        double fraction = log ? Math.log(bounded / min) / Math.log(max / min) : (bounded - min) / (max - min);
        return Math.clamp(fraction, 0, 1);
    }

    /** A marked value and its label. */
    record Tick(double at, String text) {}

    List<Tick> ticks() {
        List<Tick> ticks = new ArrayList<>();
        if (!names.isEmpty()) {
            int every = Math.max(1, Math.ceilDiv(names.size(), 16));
            for (int i = 0; i < names.size(); i += every) {
                ticks.add(new Tick(i, names.get(i)));
            }
            return ticks;
        }
        return log ? logarithmic() : linear();
    }

    private List<Tick> linear() {
        double step = Math.pow(10, Math.floor(Math.log10((max - min) / 4)));
        step *= (max - min) / step > 12 ? 5 : (max - min) / step > 6 ? 2 : 1;
        List<Tick> ticks = new ArrayList<>();
        for (long i = (long) Math.ceil(min / step); i * step <= max; i++) {
            ticks.add(new Tick(i * step, text(i * step)));
        }
        return ticks;
    }

    private List<Tick> logarithmic() {
        double decades = Math.log10(max / min);
        int[] digits = decades > 3 ? new int[]{1} : decades > 1.5 ? new int[]{1, 3} : new int[]{1, 2, 5};
        List<Tick> ticks = new ArrayList<>();
        for (int power = (int) Math.floor(Math.log10(min)); power <= Math.ceil(Math.log10(max)); power++) {
            for (int digit : digits) {
                double number = digit * Math.pow(10, power);
                if (number >= min && number <= max) {
                    ticks.add(new Tick(number, text(number)));
                }
            }
        }
        return ticks;
    }

    /** A value in as few digits as it needs. */
    static String text(double number) {
        if (number != 0 && (Math.abs(number) < 1e-4 || Math.abs(number) >= 1e6)) {
            return String.format(Locale.ROOT, "%.0e", number).replaceFirst("e([-+]?)0", "e$1").replace("e+", "e");
        }
        String text = String.format(Locale.ROOT, "%.5f", number);
        return text.replaceFirst("\\.?0+$", "");
    }
}
