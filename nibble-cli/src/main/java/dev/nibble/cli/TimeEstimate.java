package dev.nibble.cli;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * About how long a job will take.
 *
 * @param start       seconds until work begins, the program's own start included
 * @param calibration seconds for the inputs of layers
 * @param weights     seconds for choosing codes, scales included
 */
record TimeEstimate(double start, double calibration, double weights, int threads) {
    double seconds() {
        return start + calibration + weights;
    }

    String text() {
        String parts = calibration > 0 ? " (calibration " + about(calibration) + ", weights " + about(weights) + ")" : "";
        return "about " + about(seconds()) + " on " + threads + (threads == 1 ? " thread" : " threads") + parts
                + ", judged by small samples of the work";
    }

    Map<String, Object> facts() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("start", start);
        facts.put("calibration", calibration);
        facts.put("weights", weights);
        facts.put("total", seconds());
        facts.put("threads", threads);
        return facts;
    }

    /** No more digits than an estimate has. */
    private static String about(double seconds) {
        if (seconds < 60) {
            return Math.max(1, Math.round(seconds)) + " s";
        }
        double minutes = seconds / 60;
        return minutes < 90 ? Math.round(minutes) + " min" : String.format(Locale.ROOT, "%.1f h", minutes / 60);
    }
}
