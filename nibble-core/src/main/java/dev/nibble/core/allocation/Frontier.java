package dev.nibble.core.allocation;

import dev.nibble.core.tensor.Codec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * The Pareto frontier of size and loss, assuming that losses add up: all tensors start in their smallest type, then each step saves the
 * most loss per byte. Only types on the lower convex hull of a tensor's sizes and losses are used.
 */
public final class Frontier {
    /** Replacement of a type by a larger one. @param gain loss saved per byte */
    private record Step(int group, Candidate from, Candidate to) {
        double gain() {
            return (from.loss() - to.loss()) / (to.bytes() - from.bytes());
        }
    }

    /**
     * A choice of types for all tensors.
     *
     * @param bytes total size of their data
     * @param loss  sum over the tensors
     */
    public record Point(Map<String, Codec> types, long bytes, double loss) {
        public Point {
            types = Map.copyOf(types);
        }
    }

    private final List<Candidate> smallest = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();

    /** @param groups candidates of each group of tensors */
    public Frontier(List<List<Candidate>> groups) {
        for (int group = 0; group < groups.size(); group++) {
            List<Candidate> hull = hull(groups.get(group));
            smallest.add(hull.getFirst());
            for (int i = 1; i < hull.size(); i++) {
                steps.add(new Step(group, hull.get(i - 1), hull.get(i)));
            }
        }
        steps.sort(Comparator.comparingDouble((Step step) -> -step.gain()).thenComparingInt(Step::group)
                .thenComparingLong(step -> step.to().bytes()));
    }

    /** The lower convex hull, from the smallest candidate on: each saves less per byte than the one before. */
    private static List<Candidate> hull(List<Candidate> candidates) {
        List<Candidate> hull = new ArrayList<>();
        List<Candidate> sorted = candidates.stream()
                .sorted(Comparator.comparingLong(Candidate::bytes).thenComparingDouble(Candidate::loss)).toList();
        for (Candidate next : sorted) {
            if (!hull.isEmpty() && next.loss() >= hull.getLast().loss()) {
                continue;
            }
            while (hull.size() > 1 && slope(hull.get(hull.size() - 2), hull.getLast()) <= slope(hull.getLast(), next)) {
                hull.removeLast();
            }
            hull.add(next);
        }
        return hull;
    }

    private static double slope(Candidate from, Candidate to) {
        return (from.loss() - to.loss()) / (to.bytes() - from.bytes());
    }

    /** Number of steps from the smallest choice to the best. */
    public int steps() {
        return steps.size();
    }

    /** The choice after {@code count} steps. */
    public Point after(int count) {
        List<Candidate> chosen = new ArrayList<>(smallest);
        steps.subList(0, count).forEach(step -> chosen.set(step.group(), step.to()));
        return point(chosen);
    }

    /** All steps that fit, in order; skipping one skips the later ones of its group. */
    public Point within(long bytes) {
        List<Candidate> chosen = new ArrayList<>(smallest);
        long left = bytes - point(chosen).bytes();
        for (Step step : steps) {
            long more = step.to().bytes() - step.from().bytes();
            if (more <= left && chosen.get(step.group()).equals(step.from())) {
                chosen.set(step.group(), step.to());
                left -= more;
            }
        }
        return point(chosen);
    }

    /**
     * The choice for a file that also records it in its header; the smallest choice if nothing fits.
     *
     * @param size exact bytes of the file
     */
    public Point within(long bytes, ToLongFunction<Point> size) {
        Point min = after(0);
        long budget = bytes - size.applyAsLong(min) + min.bytes();
        Point point = within(budget);
        for (long over = size.applyAsLong(point) - bytes; over > 0 && !point.equals(min); over = size.applyAsLong(point) - bytes) {
            budget -= over;
            point = within(budget);
        }
        return point;
    }

    private static Point point(List<Candidate> chosen) {
        Map<String, Codec> types = new HashMap<>();
        chosen.forEach(candidate -> types.putAll(candidate.types()));
        return new Point(types, chosen.stream().mapToLong(Candidate::bytes).sum(), chosen.stream().mapToDouble(Candidate::loss).sum());
    }
}
